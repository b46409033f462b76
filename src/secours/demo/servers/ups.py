"""The town hall's power supply, as served by Network UPS Tools over TCP.

Source: RFC 9271 (GET VAR, LOGOUT, the error words, the status words OL and OB).
"""

from secours.demo.servers.faults import WHOLE, Fault, Faults
from secours.demo.servers.line_server import LineServer
from secours.demo.servers.loopback import Door

GOODBYE = "OK Goodbye"


class PowerSupply:
    """Says `OL` (on line), or `OB DISCHRG` (on battery) where the mains failed."""

    def __init__(self) -> None:
        self._door = Door()
        self._faults = WHOLE
        self._lines = LineServer(self._answer, f"{GOODBYE}\n".encode())

    @property
    def address(self) -> str:
        """Return `127.0.0.1:port`."""
        return self._door.address

    async def open(self) -> None:
        """Start answering."""
        await self._lines.open(self._door.listener())

    async def show(self, faults: Faults) -> None:
        """Answer from now on with these faults."""
        self._faults = faults

    async def close(self) -> None:
        """Disconnect everybody and release the port."""
        await self._lines.close()
        self._door.close()

    async def _answer(self, line: bytes) -> bytes:
        return f"{self._reply(line.decode('ascii', 'replace'))}\n".encode()

    def _reply(self, command: str) -> str:
        on_battery = Fault.ON_BATTERY in self._faults
        match command.split():
            case ["GET", "VAR", "townhall", "ups.status"]:
                status = "OB DISCHRG" if on_battery else "OL"
                return f'VAR townhall ups.status "{status}"'
            case ["GET", "VAR", "townhall", _]:
                return "ERR VAR-NOT-SUPPORTED"
            case ["GET", "VAR", _, _]:
                return "ERR UNKNOWN-UPS"
            case ["LOGOUT"]:
                return GOODBYE
        return "ERR UNKNOWN-COMMAND"
