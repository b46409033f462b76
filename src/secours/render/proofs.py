"""Proof of the ways of notices in words: the last test that came through, and more."""

from collections.abc import Iterator

from secours import texts
from secours.model.notices import TargetView
from secours.model.observed import Instant
from secours.render.wording.localizer import Localizer


def state(view: TargetView, at: Instant, language: str, screen_age_s: float = 0) -> str:
    """Say when a test last came through; "" where none was ever made nor wanted."""
    proof = view.proof
    if proof is None or not (view.prove_every_s or proof.begun):
        return ""
    age_s = proof.age_s(proof.proven, at) + screen_age_s
    key = f"notify.proof.{proof.stage}" if proof.proven else "notify.proof.never"
    sentences = [texts.say(language, key, age_s=age_s)]
    if proof.reason:
        why = texts.detail_of_notice(language, proof.reason, proof.facts) or None
        sentences.append(texts.say(language, "notify.proof.failed", why=why))
    elif proof.accepted:
        sentences.append(texts.say(language, "notify.proof.unproven"))
    if view.is_overdue(at):
        every_s = view.prove_every_s
        sentences.append(texts.say(language, "notify.proof.overdue", every_s=every_s))
    return "; ".join(sentences)


def lacking(localizer: Localizer) -> Iterator[tuple[str, str]]:
    """Yield each way whose periodic proof failed or is overdue, with a sentence."""
    shot = localizer.snapshot
    for view in shot.targets:
        if finding := view.proof_lack(shot.at):
            yield finding, sentence(view, localizer)


def sentence(view: TargetView, localizer: Localizer) -> str:
    """Say when a test last came through over a way; "" where none was wanted."""
    at, age_s = localizer.snapshot.at, localizer.screen_age_s
    said = state(view, at, localizer.language, age_s)
    return localizer.say("note.proof", name=view.name, proof=said) if said else ""
