"""The officer's pages in a town whose week is known: the pictures in docs/."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from dashboard.desk import EXAMPLE, ago, at
from dashboard.page_states import GRID, address_of, framed, visit_in, without_mains
from dashboard.served import live_in, stamped
from markupsafe import Markup
from msgspec.structs import replace
from render.snapshots import change

from secours import places
from secours.core.replay.whatif import whatif
from secours.dashboard import pages, view
from secours.dashboard.engine import source
from secours.engine.published import snapshot_file
from secours.engine.store.store import Store
from secours.model.nodes import channel_node
from secours.model.observed import Evidence, Reason, Result, Verdict, ok
from secours.model.plan import Config
from secours.model.snapshot import Change, ChannelView, ProbeView, Snapshot, State
from secours.model.statements import Watch, WatchAction

LANGUAGE = "fr"
HANDED = "handed over"  # and primary down
MARK = "example: true"  # the line of the example by which every screen says so
MAX_AGE_S = 30.0
HOUR_S = 3600.0
WEEK_S = 7 * 24 * HOUR_S
LASTED_S = {"calm": 2.0, "power out": 1500.0, "primary down": 900.0, HANDED: 900.0}
DOWN = ("sms", "signal")
TAKEN_S, HANDED_S = (
    3 * HOUR_S,
    120.0,
)  # how long ago Anne took and handed over the watch
TIMEOUT = {"timeout_s": 10.0}
# When each channel fell in the last week, for how long, and into which state.
FELL = {
    "sms": ((100.0, 3.5, "x"), (30.0, 1.5, "d")),
    "teams": ((52.0, 6.0, "x"),),
    "courriel": ((75.0, 9.0, "d"), (8.0, 1.0, "x")),
    "signal": ((20.0, 0.7, "x"),),
}
# Name of the picture: what is so, and which page; what fails in the end comes last.
SCENES = {
    "now": ("calm", "now"),
    "now-power-out": ("power out", "now"),
    "channels": ("calm", "channels"),
    "channel": ("calm", "channel?name=sms&days=7"),
    "plan-power-out": ("calm", f"plan?fails={GRID}"),
    "why": ("primary down", "why"),
    "journal": ("primary down", "journal?days=7"),
    "shift": ("primary down", "shift"),
    "incidents": ("primary down", "incidents?days=7"),
    "now-telephone": ("primary down", "now"),
    "shift-handed": (HANDED, "shift"),
}


def drawn() -> Iterator[tuple[str, Markup]]:
    """Draw each page, as the server does before any script runs."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        rooms = Path(folder)
        live_in(rooms, patch)
        plan = EXAMPLE.read_text("utf-8").replace(MARK, "")
        (rooms / "probes.yaml").write_text(plan, "utf-8")
        config = source.plan()
        assert config
        _write_week(config)
        for name, (state, path) in SCENES.items():
            if name == "why":
                _write_falls(DOWN)
            if state == HANDED:
                _write_handover()
            snapshot_file.write(_snapshot(config, state), places.runtime_dir())
            address = address_of(f"{path}{'&' if '?' in path else '?'}lang={LANGUAGE}")
            yield (
                name,
                framed(view.fed(pages.VIEWS[address.page], address, visit_in(state))),
            )


def _write_week(config: Config) -> None:
    """Keep a week in which some channels fell and came back."""
    began = [at(change(name, "?", "o", 0), WEEK_S) for name in config.channels]
    falls = [
        at(change(name, *states, 0), HOUR_S * hours)
        for name, fallen in FELL.items()
        for began_h, lasted_h, into in fallen
        for states, hours in (
            (("o", into), began_h),
            ((into, "o"), began_h - lasted_h),
        )
    ]
    with closing(Store(places.data_dir())) as store:
        store.note(ago(WEEK_S + 60).utc, "secours", "start", config.version)
        store.changes((*began, *sorted(falls, key=lambda each: each.at.utc)))
        store.note(ago(600).utc, "Anne", "note", "Prévenu le bourgmestre par téléphone")
        for second in range(3600, 0, -60):
            for probe in config.channels["sms"].probes:
                outcome = replace(
                    ok(Evidence.AUTHENTICATED), latency_s=0.1 + second % 7 / 50
                )
                store.result(Result(probe=probe.name, at=ago(second), outcome=outcome))
        assert store.wait_written(60.0)


def _write_falls(names: Sequence[str]) -> None:
    """Keep that these fell, not long ago."""
    with closing(Store(places.data_dir())) as store:
        store.changes(
            at(change(name, "o", "x", 0), LASTED_S["primary down"]) for name in names
        )
        assert store.wait_written(60.0)


def _write_handover() -> None:
    """Keep that Anne took the watch, and that she has handed it over to Ben."""
    with closing(Store(places.data_dir())) as store:
        store.changes(
            Change(
                at=ago(second),
                subject="watch",
                name="",
                before="",
                after=action,
                facts={"by": "Anne", "to": to},
            )
            for second, action, to in (
                (TAKEN_S, WatchAction.TAKEN, ""),
                (HANDED_S, WatchAction.HANDED, "Ben"),
            )
        )
        assert store.wait_written(60.0)


def _watch(state: str) -> Watch:
    """Return who has the watch, or handed it over."""
    if state != HANDED:
        return Watch(action=WatchAction.TAKEN, by="Anne", at=ago(TAKEN_S))
    return Watch(action=WatchAction.HANDED, by="Anne", to="Ben", at=ago(HANDED_S))


def _snapshot(config: Config, state: str) -> Snapshot:
    """Return what an engine would publish then."""
    down = [channel_node(name) for name in DOWN]
    fails = {"power out": [GRID], "primary down": down, HANDED: down}.get(state, [])
    lasted_s = LASTED_S[state]
    followed = whatif(config, fails, start=ago(lasted_s), until_s=lasted_s)
    shown = stamped(followed.steps[-1].snapshot, max_age_s=MAX_AGE_S)
    if GRID in fails:
        shown = without_mains(shown)
    grid = [change(GRID, "o", "x", 0, subject="component")]
    fell = grid if GRID in fails else [change(n, "o", "x", 0) for n in DOWN if fails]
    return replace(
        shown,
        plan_version=config.version,
        started=ago(WEEK_S),
        channels=tuple(map(_measured, shown.channels)),
        watch=_watch(state),
        changes=(*(at(each, lasted_s) for each in fell), *_returns()),
    )


def _returned_s(name: str) -> float:
    """Return how long ago a channel came back last; a week where it never fell."""
    began_h, lasted_h, _ = FELL.get(name, ((WEEK_S / HOUR_S, 0.0, ""),))[-1]
    return HOUR_S * (began_h - lasted_h)


def _returns() -> list[Change]:
    """Return how each channel that fell came back last, the newest first."""
    found = ((_returned_s(name), name, fallen[-1][2]) for name, fallen in FELL.items())
    return [
        at(change(name, into, "o", 0), ago_s) for ago_s, name, into in sorted(found)
    ]


def _measured(each: ChannelView) -> ChannelView:
    """Say that it was tested just now, as a rehearsal of the plan does not."""
    standing, down = each.standing, each.standing.state is State.DOWN
    if down:
        standing = replace(
            standing, reason=Reason.TIMEOUT, facts=TIMEOUT, declared_by=None
        )
    else:
        standing = replace(
            standing,
            since=ago(_returned_s(each.name)),
            proved_at=ago(2),
            evidence_at=ago(2),
        )
    probes = tuple(_tested(probe, is_down=down) for probe in each.probes)
    return replace(each, standing=standing, probes=probes)


def _tested(probe: ProbeView, *, is_down: bool) -> ProbeView:
    return replace(
        probe,
        verdict=Verdict.FAILED if is_down else Verdict.OK,
        evidence=Evidence.NONE if is_down else Evidence.SERVED,
        reason=Reason.TIMEOUT if is_down else Reason.NONE,
        facts=TIMEOUT if is_down else {},
        latency_s=None if is_down else 0.04,
        at=ago(len(probe.name) % 5 + 1),
    )
