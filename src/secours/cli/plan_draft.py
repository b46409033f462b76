"""A plan while it is answered: after every answer one that validates, or none yet."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from secours import places
from secours.config import own_kinds, starter
from secours.config.edit import questions
from secours.config.edit.edits import edited
from secours.engine.editing import plan_file
from secours.engine.editing.plan_file import SECRETS
from secours.engine.store import durable_files
from secours.model.plan import Config
from secours.model.requests import ChannelEdit, Edit, SiteEdit


class PlanDraft:
    """The plan as answered so far, and the secrets that were typed for it."""

    def __init__(self, file: str, before: bytes | None) -> None:
        self.file = file
        self.before = before
        self.config: Config | None = None  # None without a channel
        self.former: frozenset[str] = frozenset()  # channels of the plan that was there
        self._site: SiteEdit | None = None  # until there is one
        self._typed: set[Path] = set()

    @property
    def text(self) -> bytes | None:
        """Return the plan so far, None where it is none yet, or as it was."""
        text = own_kinds.without(self.config.text) if self.config else None
        return None if text == self.before else text

    @property
    def plan(self) -> Config:
        """Return the plan, where it has a channel."""
        assert self.config is not None
        return self.config

    @property
    def kinds(self) -> frozenset[str | None]:
        """Return the kinds of its channels."""
        channels = self.config.channels.values() if self.config else ()
        return frozenset(channel.kind for channel in channels)

    def begin(self, site: Mapping[str, Any] | None) -> None:
        """Begin again, with the keys of a new site or with the plan that is there."""
        self.config = edited(self.before, self.file, ()) if self.before else None
        self.former = frozenset(self.config.channels if self.config else ())
        self._site = SiteEdit(values=site) if site else None

    def edit(self, edit: Edit, language: str) -> None:
        """Change the plan, or raise BadConfig with what `validate` says."""
        if self.config is not None:
            before = own_kinds.without(self.config.text)
            self.config = edited(before, self.file, (edit,))
        else:
            first = (self._site,) if self._site else ()
            outline = starter.outline(language).encode()
            self.config = edited(outline, self.file, (*first, edit))

    def put(
        self,
        name: str,
        values: Mapping[str, Any],
        probe: Mapping[str, Any] | None,
        language: str,
    ) -> None:
        """Add or change a channel, with a probe or none; raise BadConfig as `edit`."""
        probes = [dict(probe)] if probe else None
        self.edit(ChannelEdit(name=name, values={**values, "probes": probes}), language)

    def leave_out(self, name: str, language: str) -> None:
        """Take a channel out; without any there is no plan."""
        if len(self.plan.channels) == 1:
            self.config = None
        else:
            self.edit(ChannelEdit(name=name, values=None), language)

    def free(self, name: str) -> str:
        """Return a name that no channel has."""
        return questions.free_name(name, self.config.channels if self.config else ())

    def keep_secret(self, channel: str, option: str, secret: str) -> str:
        """Put a secret into a new file; return its reference, or raise OSError."""
        folder = Path(self.file).absolute().parent / SECRETS
        texts = (self.before or b"", *plan_file.former_texts(places.data_dir()))
        path = plan_file.free_secret(folder, f"{channel}-{option}", texts)
        durable_files.write(path, secret.encode())
        self._typed.add(path)
        return f"${{file:{SECRETS}/{path.name}}}"

    def forget_secrets(self) -> None:
        """Remove the secrets that were typed and are in no plan."""
        kept = self.config.secret_files if self.config else ()
        for path in self._typed - set(map(Path, kept)):
            path.unlink(missing_ok=True)
