"""The section `cap`: who may put warnings of other organisations into the journal."""

from typing import TYPE_CHECKING

from secours.config.reader.shapes import Record, Shape, Spot, record, scalar_text
from secours.config.sections.probe_settings import read_option
from secours.model.secret import Secret

if TYPE_CHECKING:
    from secours.model.warnings_in import WarningsIn


def _token(spot: Spot) -> Secret:
    token: Secret = read_option(spot, Secret)
    return token


def _file(spot: Spot) -> str:
    return str(spot.context.vault.folder / scalar_text(spot))


TOKEN = {"type": "string", "pattern": r"^\s*\$\{[^{}]+\}\s*$"}
CAP = record(
    {
        "token": Shape(_token, TOKEN),
        "certificate": Shape(_file, {"type": "string"}),
    },
    ("token",),
)


def warnings_in(section: Record | None) -> "WarningsIn | None":
    """Make the section; None where there is none, or none that can be used."""
    if section is None or "token" not in section.values:
        return None
    from secours.model.warnings_in import WarningsIn  # few plans have the section

    return WarningsIn(
        token=section.values["token"], certificate=section.get("certificate")
    )
