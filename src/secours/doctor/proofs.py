"""Proof of the ways of notices, as the engine of this machine knows it."""

from collections.abc import Iterator

from secours import places
from secours.doctor.finding import Case, MachineFinding, fine, mend
from secours.engine import lock
from secours.engine.published import snapshot_file
from secours.message import message
from secours.model.notices import TargetView
from secours.model.snapshot import Snapshot
from secours.render import proofs
from secours.render.wording.localizer import Localizer


class ProofSentence:
    """Sentence of the screens on the proof of a way, in any language."""

    def __init__(self, view: TargetView, shot: Snapshot, age_s: float) -> None:
        """Word a target in a snapshot of this age."""
        self._view, self._shot, self._age_s = view, shot, age_s

    def in_(self, language: str, /) -> str:
        """Return it in a language."""
        return proofs.sentence(self._view, Localizer(self._shot, language, self._age_s))


def look(case: Case) -> Iterator[MachineFinding]:
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
        proof = message("commands.doctor.proof", what=said)
        if view.proof_lack(shot.at):
            test = f"{case.secours} notify --test {view.name} --by NAME"
            yield mend("notices", proof, test)
        else:
            yield fine("notices", proof)
