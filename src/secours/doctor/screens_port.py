"""The port of the screens: free, or used by Secours."""

import socket
from collections.abc import Iterator

from secours.doctor.finding import Case, MachineFinding, fine, mend, remark
from secours.engine import lock
from secours.message import message, why


def look(case: Case) -> Iterator[MachineFinding]:
    """Say whether the screens could listen there."""
    facts = {"address": case.address, "port": str(case.port)}
    try:
        with socket.create_server((case.address, case.port)):
            pass
    except OSError as error:
        if lock.is_held(case.data):
            yield remark("port", message("commands.doctor.port.ours", **facts))
            return
        said = message("commands.doctor.port.taken", **facts, why=why(error))
        other = f"{case.secours} up --port {case.port + 1}"
        yield mend("port", said, f"ss -ltnp 'sport = :{case.port}'", other)
    else:
        yield fine("port", message("commands.doctor.port.free", **facts))
