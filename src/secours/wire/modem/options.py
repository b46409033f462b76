"""Options of a modem: `modem`, `sms_roundtrip` and `call_roundtrip` take them."""

from typing import Literal

from msgspec import Struct

from secours.message import BadValue
from secours.wire.modem.at import BAUD


class ModemOptions(Struct, frozen=True, kw_only=True):
    """Modem: on a serial port, or of ModemManager."""

    port: str | None = None
    """Serial port that takes AT commands, such as /dev/ttyUSB2."""
    baud: int = BAUD
    """Speed of the serial port, in bauds."""
    modemmanager: int | Literal["any"] | None = None
    """Number of the modem in ModemManager, or any; instead of a port."""

    def __post_init__(self) -> None:
        port, modemmanager = self.port, self.modemmanager
        if (port is None) == (modemmanager is None):
            raise BadValue("plan.option.one-modem")
        if port is not None and not port.strip():
            raise BadValue("plan.option.device", option="port", example="/dev/ttyUSB2")
        if isinstance(modemmanager, int) and modemmanager < 0:
            raise BadValue("plan.option.modemmanager", option="modemmanager")

    @property
    def device(self) -> str:
        """Return our device of the measurement."""
        return self.port or f"modemmanager:{self.modemmanager}"
