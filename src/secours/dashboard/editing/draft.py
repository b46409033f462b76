"""Draft of the plan: edits since it was read, in the session until they are saved."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from secours.config.edit import limits
from secours.config.edit.edits import is_in, takes_out, tree_of
from secours.config.file import read
from secours.dashboard.access.visit import remembered
from secours.dashboard.engine.source import config_path
from secours.engine.editing.plan_file import digest
from secours.model.plan import Config
from secours.model.requests import Edit, EditRequest

DRAFT = "plan draft"  # in the session
STORED = "${{file:secrets/{}-{}}}"  # as the engine will keep a secret

Tree = Mapping[str, Any]


class EditDraft(Struct):
    """Edits of a plan that are not saved yet, with their secrets and refusals."""

    raw: bytes = b""  # the file as it was read
    config: Config | None = None  # after the edits; None if the file has mistakes
    tree: Tree = msgspec.field(default_factory=dict)  # that, as plain values
    edits: tuple[Edit, ...] = ()
    secrets: dict[str, str] = msgspec.field(default_factory=dict)
    errors: dict[str, str] = msgspec.field(default_factory=dict)  # by field, "" for all
    tried: dict[tuple[str, int], dict[str, Any]] = msgspec.field(default_factory=dict)
    looked: dict[str, Any] | None = None  # what the engine says of these edits
    saved: dict[str, Any] | None = None  # what it said of the last ones
    taken: int = 0  # answers on channels, each of which empties the secret fields
    generation: int = 0  # of the forms: another plan has other keys of widgets
    lock: Lock = msgspec.field(default_factory=Lock)  # held while a request is sent

    def begin(self, raw: bytes, edits: Sequence[Edit] = ()) -> None:
        """Begin with a plan, and with edits of another; raise BadConfig if unfit."""
        self.config, self.tree = _drafted(raw, edits)
        self.raw, self.edits = raw, tuple(edits)
        self.errors, self.tried, self.looked = {}, {}, None
        self.secrets = self.secrets if edits else {}
        self.generation += 1

    def is_new(self, channel: str) -> bool:
        """Tell whether a channel is in the draft alone."""
        return channel not in _tree(self.raw)["channels"]

    def put(self, *edits: Edit) -> None:
        """Add edits, or replace earlier ones; raise BadConfig and change nothing."""
        tree, there = _tree(self.raw), {_place(each): each for each in self.edits}
        for edit in edits:
            _, *place = at = _place(edit)
            before = there.pop((False, *place), None)
            if before is None or not takes_out(edit) or is_in(tree, edit):
                there[at] = _joined(before, edit)
        made = tuple(there.values())
        self.config, self.tree = _drafted(self.raw, made)
        self.edits, self.looked, self.saved = made, None, None

    def request(self, action: Literal["look", "try", "save"]) -> EditRequest:
        """Return a request on the edits, not signed yet."""
        of = digest(self.raw)
        return EditRequest(action=action, of=of, edits=self.edits, secrets=self.secrets)


def current() -> EditDraft:
    """Return this session's draft, new if without edits, or raise BadConfig."""
    draft = remembered(DRAFT, EditDraft)
    raw = written()
    if draft.config is None or (raw != draft.raw and not draft.edits):
        draft.begin(raw)
        draft.saved = None
    return draft


def written() -> bytes:
    """Return the plan's file as it is now, empty where it cannot be read."""
    with suppress(OSError):
        return config_path().read_bytes()
    return b""


def _tree(raw: bytes) -> Tree:
    found: Tree = tree_of(raw, str(config_path()))
    return found


def _place(edit: Edit) -> tuple[object, ...]:
    """Return the key of an edit; a later edit with the same key takes its place."""
    named = (getattr(edit, each, "") for each in ("purpose", "audience", "name"))
    return edit.values is None, type(edit), *named


def _joined(before: Edit | None, edit: Edit) -> Edit:
    if before is None or before.values is None or edit.values is None:
        return edit
    return replace(edit, values={**before.values, **edit.values})


def _drafted(raw: bytes, edits: Sequence[Edit]) -> tuple[Config, Tree]:
    """Return a plan after edits as the engine would save it, and as plain values.

    Raises:
        BadConfig: it would be none, or a form may not change it so.
    """
    file = str(config_path())
    text, tree = limits.by_form(raw, file, edits, STORED.format, raw)
    return read(text, file), tree
