"""Changes for the journal, from the state before and after."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from secours.model.observed import Facts, Instant, Reason
from secours.model.snapshot import Change, Link, Standing, State


def of_line(
    name: str, before: str | None, after: str | None, at: Instant, took: Facts
) -> Change:
    """Say that a line uses another channel, and how long that took after a failure."""
    return Change(
        at=at,
        subject="line",
        name=name,
        before=before or "",
        after=after or "",
        facts=took,
    )


def contradictions(
    before: frozenset[tuple[str, str]], after: frozenset[tuple[str, str]], at: Instant
) -> Iterator[Change]:
    """Yield each success that the dependencies of the plan rule out, when it is new."""
    for component, channel in sorted(after - before):
        yield Change(
            at=at,
            subject="plan",
            name=component,
            before="",
            after=channel,
            reason=Reason.CONTRADICTION,
        )


def defect(known: Iterable[Change], at: Instant) -> tuple[Change, ...]:
    """Say that an event does not settle, unless a change that is known says so."""
    if any(each.subject == "defect" for each in known):
        return ()
    return (Change(at=at, subject="defect", name="", before="", after="unsettled"),)


def of_states(
    subject: str,
    before: Mapping[str, Standing],
    after: Mapping[str, Standing],
    at: Instant,
) -> Iterator[Change]:
    """Yield each channel or component whose state is another one.

    None is dated before the state that it ends, even where a word dates it earlier.
    """
    for name, now in after.items():
        was = before.get(name, Standing(state=State.UNKNOWN))
        if was.state is not now.state:
            since = now.since or at
            known = was.since if was.state is not State.UNKNOWN else None
            yield Change(
                at=known if known and since.since(known) < 0 else since,
                subject=subject,
                name=name,
                before=was.state,
                after=now.state,
                reason=now.reason,
                facts=now.facts,
            )


def of_dropped(
    before: Mapping[str, Standing], channels: Collection[str], at: Instant
) -> Iterator[Change]:
    """Yield the end of each channel that the plan no longer has."""
    for name, was in before.items():
        if name not in channels:
            yield Change(
                at=at, subject="channel", name=name, before=was.state, after=""
            )


def of_paths(
    before: Mapping[str, Link], after: Mapping[str, Link], at: Instant
) -> Iterator[Change]:
    """Yield each path whose state is another one."""
    for name, now in after.items():
        was = before.get(name, Link.UNKNOWN)
        if was is not now:
            yield Change(at=at, subject="path", name=name, before=was, after=now)
