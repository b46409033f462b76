"""What probably failed, in words: what is known down, then each group of failures."""

from collections.abc import Iterable, Iterator, Sequence

from secours.model.snapshot import Explained
from secours.render.wording.localizer import Voice
from secours.render.wording.statements import node


def sentences(voice: Voice, most: int | None = None) -> list[str]:
    """Say what is known down, then for each group what may be the cause.

    With `most` only so many of the likeliest sets are named, and the rest counted.
    """
    snapshot = voice.snapshot
    known = known_down(voice)
    groups = (_group(each, voice, most) for each in snapshot.explanations)
    return [known, *groups] if known else list(groups)


def known_down(voice: Voice) -> str:
    """Name what is known to be down; "" where nothing is."""
    return _headed("known", map(voice.component, voice.snapshot.known_down), voice)


def unexplained(each: Explained, voice: Voice) -> str:
    """Name what not every set of a group explains; "" for nothing."""
    return _headed("unexplained", listed(each.unexplained, voice), voice)


def _headed(key: str, names: Iterable[str], voice: Voice) -> str:
    said = ", ".join(names)
    head = voice.say(f"status.suspects.{key}")
    return f"{head}{voice.say('colon')} {said}" if said else ""


def listed(failing: Iterable[str], voice: Voice) -> list[str]:
    """Name what fails: channels, components and paths."""
    nodes = (name if ":" in name else node(name) for name in failing)
    return [name_of(each, voice) for each in nodes]


def name_of(name: str, voice: Voice) -> str:
    """Name a component, a channel as `channel:NAME`, or a path as `path:NAME`."""
    kind, _, rest = name.partition(":")
    if kind == "path":
        return voice.say("suspects.path", name=rest)
    return voice.short_name(rest) if kind == "channel" else voice.component(name)


def _group(each: Explained, voice: Voice, most: int | None) -> str:
    return "; ".join(filter(None, _parts(each, voice, most)))


def _parts(each: Explained, voice: Voice, most: int | None) -> Iterator[str]:
    found = each.suspects if most is None else each.likeliest
    if found:
        what = _sets(found[:most], voice)
        if more := len(found[most:]) if most is not None else 0:
            what = f"{what}, {voice.say('replay.suspects.more', n=more)}"
        explained = [name for name in each.channels if name not in each.unexplained]
        said = _headed("explains", listed(explained, voice), voice)
        yield f"{what} ({said})" if said else what
    yield unexplained(each, voice)


def _sets(found: Sequence[Sequence[str]], voice: Voice) -> str:
    either = f" {voice.say('status.suspects.or')} "
    return either.join(" + ".join(map(voice.component, names)) for names in found)
