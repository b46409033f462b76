"""What of a snapshot travels, and what is worth saying at once."""

from datetime import timedelta

from msgspec.structs import replace
from plans import moment
from render.snapshots import snapshot, standing, with_channel, with_line

from secours.engine.state_file import encoded
from secours.model.observed import Instant, Reason
from secours.model.sites.membership import Sites
from secours.model.snapshot import Snapshot
from secours.sites.sending.shared_states import SharedState, shared

DISON = Sites(name="dison", hub=("nats://127.0.0.1:4222",))
SMS = "secours.dison.state.channel.sms"


def _tested(shot: Snapshot, *, reason: Reason = Reason.NONE) -> Snapshot:
    """Return a snapshot after each channel was tested once more."""
    at = moment(1000)
    channels = tuple(
        replace(
            view,
            standing=replace(
                view.standing, evidence_at=at, proved_at=at, reason=reason
            ),
            probes=tuple(
                replace(each, at=at, proved_at=at, latency_s=0.5, facts={"n": 1})
                for each in view.probes
            ),
        )
        for view in shot.channels
    )
    return replace(shot, channels=channels, at=at, event=shot.event + 1)


def _news(shot: Snapshot) -> dict[str, bytes]:
    found: dict[str, SharedState] = dict(shared(shot, DISON, encoded))
    return {subject: each.news for subject, each in found.items()}


def test_a_test_that_finds_the_same_is_no_news() -> None:
    shot = snapshot()

    assert any(view.probes for view in shot.channels)
    assert _news(_tested(shot)) == _news(shot)
    assert (
        shared(_tested(shot), DISON, encoded)[SMS] != shared(shot, DISON, encoded)[SMS]
    )


def test_one_that_finds_something_else_is() -> None:
    shot = snapshot()
    before = _news(shot)
    changed = _news(_tested(shot, reason=Reason.SLOW))

    assert {name for name, news in changed.items() if news != before[name]} == {
        f"secours.dison.state.channel.{view.name}" for view in shot.channels
    }


def _lasting(until: Instant) -> Snapshot:
    """Return a snapshot in which a channel, and its line, have this end."""
    own = standing("o", until=until)
    shot = with_channel(snapshot(), "sms", standing=own)
    return with_line(shot, 0, until={"sms": until})


def test_end_that_another_reading_of_the_clocks_moves_is_no_news() -> None:
    end = moment(-7200)
    utc = end.utc + timedelta(microseconds=3)

    assert _news(_lasting(replace(end, utc=utc))) == _news(_lasting(end))


def test_end_that_comes_sooner_is_news() -> None:
    before, after = _news(_lasting(moment(-7200))), _news(_lasting(moment(-3600)))

    assert {name for name, news in after.items() if news != before[name]} == {
        SMS,
        "secours.dison.recommend.alert.management",
    }
