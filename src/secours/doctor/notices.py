"""Ways of notices: their proof, as the engine here knows it, and calls that speak."""

from collections.abc import Iterator

from secours import places
from secours.doctor.finding import Case, MachineFinding, fine, mend, remark
from secours.engine import lock
from secours.engine.published import snapshot_file
from secours.message import message
from secours.model.notices import TargetView
from secours.model.snapshot import Snapshot
from secours.render import proofs
from secours.render.wording.localizer import Localizer
from secours.wire.voice.speech import PROGRAMS, lacking, speaks


class ProofSentence:
    """Sentence of the screens on the proof of a way, in any language."""

    def __init__(self, view: TargetView, shot: Snapshot, age_s: float) -> None:
        self._view, self._shot, self._age_s = view, shot, age_s

    def in_(self, language: str, /) -> str:
        """Return it in a language."""
        return proofs.sentence(self._view, Localizer(self._shot, language, self._age_s))


def proof(case: Case) -> Iterator[MachineFinding]:
    """Yield each way of notices that was tested, or is to be."""
    runtime = places.runtime_dir()
    if not lock.is_held(case.data, runtime):
        return
    try:
        shot, age_s = snapshot_file.read(runtime)
    except FileNotFoundError:
        return  # it has just begun
    for view in shot.targets:
        said = ProofSentence(view, shot, age_s)
        if not said.in_(shot.site.language):
            continue
        sentence = message("commands.doctor.proof", what=said)
        if view.proof_lack(shot.at):
            test = f"{case.secours} notify --test {view.name} --by NAME"
            yield mend("notices", sentence, test)
        else:
            yield fine("notices", sentence)


def calls(case: Case) -> Iterator[MachineFinding]:
    """Yield whether a call of the plan speaks, where there is one."""
    config = case.config
    targets = config.notify.targets.items() if config else ()
    for name, target in targets:
        probe = target.carrier
        if not target.rings or config is None or probe is None:
            continue
        path = config.paths[probe.via] if probe.via else None
        if not speaks(probe.settings, path):
            yield fine("calls", message("commands.doctor.calls.ring", name=name))
        elif lacking():
            install = f"apt-get install {' '.join(PROGRAMS)}"
            yield remark(
                "calls", message("commands.doctor.calls.mute", name=name), install
            )
        else:
            yield fine("calls", message("commands.doctor.calls.speak", name=name))
