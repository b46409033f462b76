"""Sirens, tested by a monitoring plugin: a script with an exit code.

Source: Monitoring Plugins Development Guidelines, "Plugin Output", "Plugin Return
Codes" and "Performance data".
"""

from pathlib import Path

from secours.demo.servers.faults import Fault, Faults

SCRIPT = """\
#!/bin/sh
# Says how many of the town's four sirens answered; the number stands in the file $1.
read -r answering < "$1" || { echo "SIRENS UNKNOWN: no answer file"; exit 3; }
if [ "$answering" = 4 ]; then state=OK code=0; else state=CRITICAL code=2; fi
echo "SIRENS $state: $answering of 4 answer | answering=$answering;;4:;0;4"
exit $code
"""


class Sirens:
    """Plugin and its data file; `address` is that of the plugin."""

    def __init__(self, folder: Path) -> None:
        self._script = folder / "check_sirens.sh"
        self.answering = folder / "sirens.answering"

    @property
    def address(self) -> str:
        """Return the path of the plugin."""
        return str(self._script)

    async def open(self) -> None:
        """Write the plugin, and that all is well."""
        self._script.write_text(SCRIPT, encoding="utf-8")
        self._tell(4)

    async def show(self, faults: Faults) -> None:
        """Make the plugin answer with these faults from now on."""
        self._tell(1 if Fault.UNAVAILABLE in faults else 4)

    async def close(self) -> None:
        """Remove both files."""
        for file in (self._script, self.answering):
            file.unlink(missing_ok=True)

    def _tell(self, number: int) -> None:
        """Replace the file whole: the plugin may read it at any moment."""
        new = self.answering.with_suffix(".new")
        new.write_text(f"{number}\n", encoding="utf-8")
        new.replace(self.answering)
