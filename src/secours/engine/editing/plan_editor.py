"""Answers to edits of the plan: what would change, a try of one probe, and saving.

Edits are saved one at a time: of two people who edit at once the second is told.
Nothing is written unless the result validates, nor over a file that has changed since
it was read. The plan is in force when the answer is given.
"""

import asyncio
import difflib
import errno
import logging
from collections.abc import Callable
from typing import Any

from msgspec import Struct, json, to_builtins
from msgspec.structs import replace

from secours import texts
from secours.config import BadConfig, catalogue
from secours.config.edit.edits import tree_of
from secours.config.edit.limits import by_form
from secours.config.file import read
from secours.config.reader.one_file import content
from secours.engine.control.requests import RequestRefused, RequestTable
from secours.engine.control.statements import signed
from secours.engine.editing import plan_file
from secours.engine.editing.plan_file import PlanVersion, TypedSecrets, digest
from secours.engine.editing.trials import Trials
from secours.engine.engine import Engine
from secours.engine.reload import Source
from secours.engine.store.durable_files import ChangedMeanwhile, write_over
from secours.engine.store.store import Store
from secours.message import message, why
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.requests import EditRequest
from secours.outside_text import plain
from secours.render.wording.editing import plan_changes
from secours.render.wording.editing.plan_changes import PlanDifference, WrittenPlan
from secours.render.wording.mistakes import worded

log = logging.getLogger(__name__)


class EditedPlan(Struct, frozen=True):
    """The plan before and after some edits."""

    raw: bytes
    text: bytes
    config: Config
    changes: tuple[PlanDifference, ...]  # with the names of the site's language
    words: list[str]  # on them, for who asked


class PlanEditor:
    """Edits the plan of an engine for people."""

    def __init__(
        self, engine: Engine, store: Store, now: Callable[[], Instant], source: Source
    ) -> None:
        self._engine, self._store, self._now = engine, store, now
        self._source, self._file = source, source.path
        self._trials = Trials(engine, store, now)
        self._turn = asyncio.Lock()

    def table(self) -> RequestTable:
        """Return the requests that are answered, with their functions."""
        return {EditRequest: self._answer}

    async def _answer(self, request: EditRequest) -> dict[str, Any]:
        language: Any = request.language or self._engine.config.site.language
        request = replace(request, language=language)
        typed = TypedSecrets(self._file, self._store.folder, request.secrets)
        try:
            if request.action == "look":
                return await asyncio.to_thread(self._look, request, typed)
            if not self._may(request):
                other = message("commands.edit.not-planner", name=signed(request.by))
                in_clear = message("commands.edit.in-clear")
                raise RequestRefused(other if request.over else in_clear)
            if request.action == "try":
                return await self._try(request, typed)
            async with self._turn:
                answer = await asyncio.to_thread(self._save, request, typed)
                if answer["saved"]:
                    await self._reload()
                return answer
        except BadConfig as bad:
            problem = message("commands.edit.mistakes")
            return {"error": texts.in_words(language, problem), **_of(bad, language)}
        except ChangedMeanwhile:
            problem = message("commands.edit.changed")
            return {"error": texts.in_words(language, problem), "changed": True}
        except OSError as error:
            raise RequestRefused("commands.edit.disk", why=why(error)) from None

    def _may(self, asked: EditRequest) -> bool:
        planners = self._engine.config.access.planners
        is_planner = plain(asked.by) in planners if planners else asked.over != "tls"
        return is_planner and asked.over != ""

    def _look(self, request: EditRequest, typed: TypedSecrets) -> dict[str, Any]:
        raw = self._raw()
        answer: dict[str, Any] = {
            "ok": True,
            "of": digest(raw),
            "changed": request.of not in ("", digest(raw)),
            "writable": plan_file.is_writable(self._file),
            "may": self._may(request),
        }
        if not request.edits and not request.back:
            latest = plan_file.latest(self._store.folder)
            last = next((each.id for each in latest if each.of == digest(raw)), "")
            listed, after = [], {digest(raw)}  # texts that were in the file since
            for each in latest:
                put = replace(each, saved=each.saved or each.of in after)
                listed.append(_listed(put, last, request.language))
                after.add(digest(each.before))
            return {**answer, "versions": listed}
        try:
            edited = self._edited(request, raw, typed.reference)
        except BadConfig as bad:
            return {**answer, "words": [], "diff": "", **_of(bad, request.language)}
        return {**answer, **self._difference(edited), "mistakes": []}

    def _difference(self, edited: EditedPlan) -> dict[str, Any]:
        name = self._file.name
        before = edited.raw.decode("utf-8-sig").splitlines()
        after = edited.text.decode("utf-8-sig").splitlines()
        lines = difflib.unified_diff(before, after, name, name, lineterm="")
        return {"words": edited.words, "diff": "\n".join(lines)}

    async def _try(self, request: EditRequest, typed: TypedSecrets) -> dict[str, Any]:
        """Try one probe of the plan as it would be; what was typed is not kept."""
        raw = await asyncio.to_thread(self._raw)
        edited = await asyncio.to_thread(
            self._edited, request, raw, typed.variable, typed
        )
        channel = edited.config.channels.get(request.channel)
        if channel is None or not 0 <= request.probe < len(channel.probes):
            name = plain(request.channel)
            raise RequestRefused("commands.edit.no-probe", name=name)
        probe, paths = channel.probes[request.probe], edited.config.paths
        answer = await self._trials.answer(probe, paths, request.language)
        return {"ok": True, **answer}

    def _save(self, request: EditRequest, typed: TypedSecrets) -> dict[str, Any]:
        """Put the plan in place, or keep it for somebody who may.

        Raises:
            BadConfig: a form may not make the edits, or the result has mistakes.
            ChangedMeanwhile: the file has changed since it was read.
            OSError: the disk cannot be written.
        """
        raw = self._raw()
        if request.of != digest(raw):
            raise ChangedMeanwhile
        if request.secrets:  # with them in place an option may be wrong
            self._edited(request, raw, typed.variable, typed)
        edited = self._edited(request, raw, typed.reference, typed)
        if edited.text == raw:
            raise RequestRefused("commands.edit.nothing")
        version = PlanVersion(
            at=self._now().utc,
            by=signed(request.by),
            changes=edited.changes,
            before=raw,
            of=digest(edited.text),
            saved=plan_file.is_writable(self._file),
        )
        try:
            typed.keep()
            version, more = self._put(edited, version)
        except BaseException:
            typed.forget()
            raise
        kind = plan_changes.ENTRY if version.saved else plan_changes.PROPOSED
        changes = json.encode(version.changes).decode()
        self._store.note(version.at, version.by, kind, changes)
        answer = {"ok": True, "version": version.id, "of": version.of, **more}
        return {**answer, "saved": version.saved, **self._difference(edited)}

    def _put(
        self, edited: EditedPlan, version: PlanVersion
    ) -> tuple[PlanVersion, dict[str, Any]]:
        if version.saved:
            path = plan_file.keep(self._store.folder, version)
            try:
                write_over(self._file, edited.text, edited.raw)
            except ChangedMeanwhile:
                path.unlink()
                raise
            except OSError as error:  # it is mounted by itself
                if error.errno in (errno.ENOSPC, errno.EDQUOT):  # so for a command
                    path.unlink()
                    raise
                log.warning("the plan is not written: %s", error)
                version = replace(version, saved=False)
            else:
                undo = EditRequest(action="save", of=version.of, back=version.id)
                return version, {"undo": to_builtins(undo)}
        path = plan_file.keep(self._store.folder, version, edited.text)
        proposed = path.with_suffix(".yaml")
        command = plan_file.taking_in(self._file, edited.raw, edited.text, proposed)
        return version, {"undo": None, "command": command}

    async def _reload(self) -> None:
        """Put the plan of the file in force, or leave it to the watch of the file."""
        try:
            fresh = await asyncio.to_thread(self._source.load)
        except (BadConfig, OSError) as error:  # somebody else wrote it by now
            log.warning("the plan that was saved is not in force: %s", error)
        else:
            self._engine.accept(fresh)

    def _raw(self) -> bytes:
        """Return the text in the file; raise BadConfig if it cannot be read."""
        return content(str(self._file), lambda: message("plan.file.missing"))[0]

    def _edited(
        self,
        request: EditRequest,
        raw: bytes,
        reference: Callable[[str, str], str],
        typed: TypedSecrets | None = None,
    ) -> EditedPlan:
        """Return the plan after the edits, with a reference to each typed secret.

        Raises:
            BadConfig: a form may not make an edit, or the result has mistakes.
            RequestRefused: a secret was not typed, or the version to be taken back is
                not what is in the file.
        """
        file = str(self._file)
        by_id = {v.id: v for v in plan_file.latest(self._store.folder) if request.back}
        text = by_id[request.back].before if request.back in by_id else raw
        if request.back and (text is raw or by_id[request.back].of != digest(raw)):
            raise RequestRefused("commands.edit.no-longer")
        if request.edits:
            text, _ = by_form(text, file, request.edits, reference, raw)
        if typed and typed.missing:
            names = ", ".join(map(plain, typed.missing))
            raise RequestRefused("commands.edit.not-typed", names=names)
        config = read(text, file, typed.variables if typed else None)
        try:
            former = read(raw, file)
        except BadConfig:  # the last good one is in force
            former = self._engine.config
        trees = _with_usual(tree_of(former.text, file), tree_of(text, file))
        ours, theirs = (
            plan_changes.changes(*map(WrittenPlan, (former, config), trees, [each] * 2))
            for each in (self._engine.config.site.language, request.language)
        )
        words = [each.in_(request.language) for each in theirs]
        return EditedPlan(raw, text, config, ours, words)


def _with_usual(*trees: Any) -> list[Any]:
    """Return plans with each device of the catalogue that one of them changes."""
    written = [tree.get("devices") or {} for tree in trees]
    usual: dict[str, Any] = {
        n: {} for n in catalogue.load().devices if any(n in w for w in written)
    }
    pairs = zip(trees, written, strict=True)
    return [{**tree, "devices": {**usual, **own}} for tree, own in pairs]


def _of(bad: BadConfig, language: str) -> dict[str, Any]:
    found = worded(bad.mistakes, language)
    return {"mistakes": [{"where": m.where, "text": m.message} for m in found]}


def _listed(version: PlanVersion, last: str, language: str) -> dict[str, Any]:
    words = [each.in_(language) for each in version.changes]
    about = {"id": version.id, "by": version.by, "at": version.at.isoformat()}
    is_last = version.id == last  # what can be taken back
    return {**about, "words": words, "saved": version.saved, "last": is_last}
