"""Suspects in words: known failures, then each group of failures."""

from collections.abc import Iterable, Iterator, Sequence

from secours.model.nodes import channel_node, is_path, name_in
from secours.model.snapshot import Explained
from secours.render.wording.localizer import Localizer


def sentences(localizer: Localizer, most: int | None = None) -> list[str]:
    """Return the known failures, then for each group the possible causes.

    With `most` only so many of the likeliest sets are named, and the rest counted.
    """
    snapshot = localizer.snapshot
    known_failures = known_down(localizer)
    groups = (
        localizer.series(filter(None, _parts(each, localizer, most)))
        for each in snapshot.explanations
    )
    return [known_failures, *groups] if known_failures else list(groups)


def rows(localizer: Localizer, most: int = 2) -> list[tuple[str, str]]:
    """Return the suspects and what they take, the known first.

    Of each group so many of the likeliest sets are named, and the rest counted. A
    channel that may have failed alone is left to its own row.
    """
    known_failures = known_down(localizer)
    groups = (
        (_probably(each, localizer, most), _explained(each, localizer))
        for each in localizer.snapshot.explanations
        if not _is_alone(each)
    )
    return [*([(known_failures, "")] if known_failures else []), *groups]


def known_down(localizer: Localizer) -> str:
    """Name what is known to be down; "" for nothing."""
    return _headed(
        "known", map(localizer.component, localizer.snapshot.known_down), localizer
    )


def unexplained(each: Explained, localizer: Localizer) -> str:
    """Name the failures that some sets leave unexplained."""
    return _headed("unexplained", listed(each.unexplained, localizer), localizer)


def _headed(key: str, names: Iterable[str], localizer: Localizer) -> str:
    said = ", ".join(names)
    head = localizer.say(f"status.suspects.{key}")
    return f"{head}{localizer.say('colon')} {said}" if said else ""


def listed(failing: Iterable[str], localizer: Localizer) -> list[str]:
    """Name failures: channels, components and paths."""
    nodes = (name if ":" in name else channel_node(name) for name in failing)
    return [name_of(each, localizer) for each in nodes]


def name_of(name: str, localizer: Localizer) -> str:
    """Name a component, a channel as `channel:NAME`, or a path as `path:NAME`."""
    if is_path(name):
        return localizer.say("suspects.path", name=name_in(name))
    return localizer.subject(name)


def _parts(each: Explained, localizer: Localizer, most: int | None) -> Iterator[str]:
    if each.suspects:
        what, said = _named(each, localizer, most), _takes(each, localizer)
        yield f"{what} ({said})" if said else what
    yield unexplained(each, localizer)


def _named(each: Explained, localizer: Localizer, most: int | None) -> str:
    """Name the sets that may have failed; "" where none explains it."""
    found = each.suspects if most is None else each.likeliest
    what = sets(found[:most], localizer)
    more = len(found[most:]) if most is not None else 0
    return f"{what}, {localizer.say('replay.suspects.more', n=more)}" if more else what


def _probably(each: Explained, localizer: Localizer, most: int) -> str:
    named = _named(each, localizer, most)
    return localizer.say("status.suspects.probably", what=named) if named else ""


def _is_alone(each: Explained) -> bool:
    """Return whether a single channel fails, maybe by itself."""
    if len(each.channels) != 1:
        return False
    return (channel_node(each.channels[0]),) in each.suspects


def _explained(each: Explained, localizer: Localizer) -> str:
    """Say what the sets explain, and what only some do."""
    taken = _takes(each, localizer) if each.suspects else ""
    said = (f"({taken})" if taken else "", unexplained(each, localizer))
    return localizer.series(filter(None, said))


def _takes(each: Explained, localizer: Localizer) -> str:
    """Return the failures that the sets of a group take; "" for a channel alone.

    It is "" too for one with the label of its suspect.
    """
    taken = [name for name in each.channels if name not in each.unexplained]
    if not taken or _is_alone(each):
        return ""
    names = ", ".join(listed(taken, localizer))
    if names == _named(each, localizer, None):
        return ""
    return localizer.say("status.suspects.takes", names=names)


def sets(found: Sequence[Sequence[str]], localizer: Localizer) -> str:
    """Name alternative sets."""
    either = f" {localizer.say('status.suspects.or')} "
    return either.join(" + ".join(map(localizer.component, names)) for names in found)
