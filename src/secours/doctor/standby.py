"""The standby: its role, and its link to the first."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from secours import places
from secours.doctor.finding import Case, MachineFinding, fine, mend, remark
from secours.engine import clock, lock
from secours.engine.following import role
from secours.engine.following.first import host_of
from secours.engine.published import snapshot_file
from secours.message import Fact, message
from secours.model.snapshot import Snapshot, Standby
from secours.render import standby
from secours.render.standby import UNHEARD, YET
from secours.render.wording.localizer import Localizer

ADDRESS = message("commands.doctor.standby.remedy.address")
ITS_LOG = message("commands.doctor.standby.remedy.log")
REMEDIES = {  # by the fault of the first's answer
    "token": message("commands.doctor.standby.remedy.token"),
    "silent": message("commands.doctor.standby.remedy.silent"),
    "other-version": message("commands.doctor.standby.remedy.version"),
    **dict.fromkeys(("redirect", "no-standby", "not-first", "itself"), ADDRESS),
    **dict.fromkeys(("follows", "other-site"), ADDRESS),
    **dict.fromkeys(("status", "too-long", "senseless"), ITS_LOG),
}


class StandbySentence:
    """Sentence of the screens on a standby, in any language."""

    def __init__(self, shot: Snapshot, age_s: float) -> None:
        self._shot, self._age_s = shot, age_s

    def in_(self, language: str, /) -> str:
        """Return it in a language."""
        return standby.sentence(Localizer(self._shot, language, self._age_s))


def look(case: Case) -> Iterator[MachineFinding]:
    """Yield the engine's view of it; without one, that it is a standby."""
    runtime = places.runtime_dir()
    if lock.is_held(case.data, runtime):
        try:
            shot, age_s = snapshot_file.read(runtime)
        except FileNotFoundError:
            pass  # it has just begun
        else:
            if shot.standby is not None:
                yield _said(case, shot, shot.standby, age_s)
            return
    kept = role.load(case.data, clock.boot_id(), clock.now())
    if kept is not None:
        said = message("commands.doctor.standby.idle", host=host_of(kept.url))
        yield remark("standby", said, f"{case.secours} self-check")


def _said(case: Case, shot: Snapshot, theirs: Standby, age_s: float) -> MachineFinding:
    localizer = Localizer(shot, shot.site.language, age_s)
    is_heard = standby.is_heard(theirs, localizer)
    facts: dict[str, Fact] = {"what": StandbySentence(shot, age_s)}
    if is_heard and not theirs.probing:
        return fine("standby", message("commands.doctor.standby.shows", **facts))
    back = f"{case.secours} takeover --back --by NAME"
    if is_heard:
        sentence = message("commands.doctor.standby.both", **facts)
        return mend("standby", sentence, back)
    if remedy := REMEDIES.get(theirs.problem):
        facts["remedy"] = remedy
    checks = _route_checks(theirs)
    if theirs.probing:
        sentence = message("commands.doctor.standby.alone", **facts)
        return mend("standby", sentence, *checks, back)
    if theirs.takes_over is not None:
        facts["time"] = localizer.time(theirs.takes_over.utc)
    sentence = message("commands.doctor.standby.deaf", **facts)
    return mend("standby", sentence, *checks, f"{case.secours} takeover --by NAME")


def _route_checks(theirs: Standby) -> tuple[str, ...]:
    """Return what to try where nothing answers at all."""
    if theirs.problem not in (UNHEARD, YET):
        return ()
    return f"getent hosts {urlsplit(theirs.url).hostname}", "ip route"
