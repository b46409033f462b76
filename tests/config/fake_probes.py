"""A probe type with an option of every kind, to stand in for one that is written."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Struct, field

from secours.message import BadValue
from secours.model.observed import Evidence, Outcome, ok
from secours.model.secret import Secret, Template
from secours.model.sections.channel import Path
from secours.model.sections.field_types import Duration, Ours
from secours.probes import ProbeType

TWO_MINUTES = Duration(120)


class Server(Struct, frozen=True, kw_only=True):
    """A nested mapping."""

    host: str
    port: int = 993
    password: Secret | None = None


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that may be asked of config."""

    owner: Ours[str] = ""
    host: str
    port: int = 25
    ratio: float = 0.5
    many: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    mode: Literal["fast", "slow"] = "fast"
    any_or: int | Literal["any"] | None = None
    strict: bool = True
    within: Duration = TWO_MINUTES
    password: Secret | None = None
    url: Template | None = None
    headers: Mapping[str, Template] = field(default_factory=dict)
    statuses: tuple[int | str, ...] = ("200-299",)
    expect: str | tuple[str, ...] | None = None
    expect_json: Mapping[str, Any] = field(default_factory=dict)
    ca: str | None = None
    imap: Server | None = None
    checks: tuple[Server, ...] = ()

    def __post_init__(self) -> None:
        if self.host == "bad":
            raise BadValue("plan.option.said", option="host", said="must not be bad")
        if self.url and not self.strict and self.url.reveal().startswith("x-"):
            said = f"must not be {self.url.reveal()}"
            raise BadValue("plan.option.said", option="url", said=said)


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Answer at once."""
    return ok(Evidence.SERVED)


FAKE = ProbeType(Settings, probe, Evidence.SERVED, "A fake: is all well?\n\nMore.")
