"""The port of the screens: free, or used by Secours."""

import errno
from collections.abc import Iterator

from secours.doctor.finding import Case, MachineFinding, fine, mend, remark
from secours.engine import lock
from secours.engine.published.screens_file import PORT
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
            yield mend("port", said, *_remedies(case, error.errno))
            return
    facts = {"address": case.address, "port": str(case.port)}
    yield fine("port", message("commands.doctor.port.free", **facts))


def _remedies(case: Case, number: int | None) -> tuple[str, ...]:
    """Return what to try where a port cannot be had, by the number of the error."""
    other = f"{case.secours} up --port {PORT + (case.port == PORT)}"
    if number == errno.EADDRINUSE:
        return f"ss -ltnp 'sport = :{case.port}'", other
    return (other,) if number == errno.EACCES else ("ip address",)
