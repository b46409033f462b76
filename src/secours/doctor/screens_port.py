"""The port of the screens: free, or used by Secours."""

from collections.abc import Iterator

from secours.doctor.finding import Case, MachineFinding, fine, mend, remark
from secours.engine import lock
from secours.message import message, why
from secours.wire.net.server_socket import NO_IPV6, listen, numeric, rest_of_localhost


def look(case: Case) -> Iterator[MachineFinding]:
    """Say whether the screens could listen there, and where `localhost` leads."""
    first = numeric(case.address)
    for address in (first, *rest_of_localhost([first])):
        facts = {"address": address, "port": str(case.port)}
        try:
            with listen(address, case.port):
                continue
        except OSError as error:
            if address != first and error.errno in NO_IPV6:
                continue
            if lock.is_held(case.data):
                yield remark("port", message("commands.doctor.port.ours", **facts))
                return
            said = message("commands.doctor.port.taken", **facts, why=why(error))
            other = f"{case.secours} up --port {case.port + 1}"
            yield mend("port", said, f"ss -ltnp 'sport = :{case.port}'", other)
            return
    facts = {"address": case.address, "port": str(case.port)}
    yield fine("port", message("commands.doctor.port.free", **facts))
