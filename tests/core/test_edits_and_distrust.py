"""No edit of the plan ends a distrust: a person does."""

from datetime import timedelta

import msgspec
import pytest
from plans import START, channel, component, fold, moment, plan, probe, result, used

from secours.core.events import Event, Replanned, Resumed, Said
from secours.core.memory import Memory, after_reboot
from secours.core.step import step
from secours.model.observed import Instant, Reason
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Component, Path
from secours.model.statements import Declared, Mark, Withdrawn, Word

SMS = channel("sms")
AD = component("identity:ad")
MAIL = channel("mail", "identity:ad")
TEAMS = channel("teams", "identity:ad")
TOWN = plan(AD, MAIL, TEAMS, SMS, failback_after_s=0)
MOVED = channel("mail")  # to a clean host
CLEAN = plan(AD, MOVED, TEAMS, SMS, failback_after_s=0)
ALL = ("mail", "teams", "sms", "webmail", "post", "radio")


def said(word: Word, second: float) -> Said:
    return Said(word=word, at=moment(second))


def distrust(subject: str, second: float = 5, author: str = "") -> Said:
    word = Mark(
        subject=subject,
        says=Declared.DISTRUSTED,
        by="Ana",
        at=moment(second),
        until=START + timedelta(days=1),
        author=author,
    )
    return said(word, second)


def clear(subject: str, second: float = 50, author: str = "") -> Said:
    word = Withdrawn(kind="mark", subject=subject, by="Bo", author=author)
    return said(word, second)


def works(second: float) -> list[Event]:
    return [result(name, "o", second) for name in ALL]


def go_on(memory: Memory, config: Config, second: float, *events: Event) -> Memory:
    """Put a plan in force, let all its channels work, and take events in."""
    memory = step(config, memory, Replanned(at=moment(second)))
    for event in (*works(second + 1), *events, *works(second + 2)):
        memory = step(config, memory, event)
    return memory


def aside(memory: Memory) -> set[str]:
    return {
        name
        for name, standing in memory.channels.items()
        if standing.aside is Reason.SET_ASIDE
    }


def distrusted(memory: Memory) -> set[str]:
    return set(memory.words.distrusts)


def start(config: Config, *events: Event) -> Memory:
    return fold(config, *works(1), *events, *works(6))


# ------------------------------------------------------------------ a rename undone

RENAMED = plan(AD, channel("webmail", was="mail"), TEAMS, SMS)


def test_distrusted_channel_stays_so_when_its_rename_is_undone() -> None:
    memory = start(TOWN, distrust("channel:mail"))

    memory = go_on(memory, RENAMED, 10)
    assert aside(memory) == {"webmail"}
    assert distrusted(memory) == {"channel:webmail"}

    memory = go_on(memory, TOWN, 20)
    assert aside(memory) == {"mail"}
    assert distrusted(memory) == {"channel:mail"}
    assert used(TOWN, memory) == "teams"


def test_distrust_that_came_after_a_rename_outlives_that_it_is_undone() -> None:
    memory = go_on(start(TOWN), RENAMED, 10, distrust("channel:webmail", 11))

    assert aside(go_on(memory, TOWN, 20)) == {"mail"}


def test_rename_that_is_undone_and_made_again_without_a_word_frees_nothing() -> None:
    silent = plan(AD, channel("webmail"), TEAMS, SMS)
    memory = go_on(start(TOWN, distrust("channel:mail")), RENAMED, 10)

    memory = go_on(go_on(memory, TOWN, 20), silent, 30)

    assert aside(memory) == {"webmail"}


def test_several_renames_are_undone_at_once() -> None:
    post = plan(AD, channel("post", was="webmail"), TEAMS, SMS)
    memory = go_on(start(TOWN, distrust("channel:mail")), RENAMED, 10)

    memory = go_on(go_on(memory, post, 20), TOWN, 30)

    assert aside(memory) == {"mail"}
    assert aside(go_on(memory, post, 40)) == {"post"}


def test_cleared_under_the_new_name_it_is_cleared_under_the_old() -> None:
    memory = go_on(start(TOWN, distrust("channel:mail")), RENAMED, 10)

    memory = go_on(memory, RENAMED, 20, clear("channel:webmail", 21))

    assert aside(go_on(memory, TOWN, 30)) == set()


def test_both_names_in_one_plan_are_distrusted_each_until_cleared() -> None:
    both = plan(AD, MAIL, channel("webmail"), TEAMS, SMS)
    memory = go_on(start(TOWN, distrust("channel:mail")), RENAMED, 10)

    memory = go_on(memory, both, 20)
    assert aside(memory) == {"mail", "webmail"}

    memory = go_on(memory, both, 30, clear("channel:mail", 31))
    assert aside(memory) == {"webmail"}
    assert aside(go_on(memory, both, 40)) == {"webmail"}


def test_distrust_of_the_province_beside_ours_comes_back_with_it() -> None:
    words = (distrust("channel:mail"), distrust("channel:mail", author="Province"))
    memory = go_on(go_on(start(TOWN, *words), RENAMED, 10), TOWN, 20)

    memory = go_on(memory, TOWN, 30, clear("channel:mail", 31))

    assert aside(memory) == {"mail"}
    assert memory.words.distrusts["channel:mail"].author == "Province"


# ------------------------------------------------------------ a component renamed


def entra(was: str | None = "identity:ad") -> Config:
    return plan(
        component("identity:entra", was=was),
        channel("mail", "identity:entra"),
        channel("teams", "identity:entra"),
        SMS,
    )


@pytest.mark.parametrize("one", ["", "Liège"])
@pytest.mark.parametrize("first", ["", "Liège"])
def test_two_authors_whose_distrusts_meet_under_one_name_each_lift_their_own(
    first: str, one: str
) -> None:
    """What one said of the former name is beside what the other said of the new."""
    second, other = ("Liège" if each == "" else "" for each in (first, one))
    unrelated = plan(AD, channel("webmail"), TEAMS, SMS)
    same = plan(AD, channel("mail", was="webmail"), TEAMS, SMS)

    memory = start(TOWN, distrust("channel:mail", author=first))
    memory = go_on(memory, unrelated, 10, distrust("channel:webmail", 11, second))
    memory = go_on(memory, same, 20, clear("channel:mail", 21, one))
    assert aside(memory) == {"mail"}
    memory = go_on(memory, same, 30, clear("channel:mail", 31, other))
    assert aside(memory) == set()


def test_distrusted_component_stays_so_under_another_name_and_back() -> None:
    memory = start(TOWN, distrust("identity:ad"))

    memory = go_on(memory, entra(), 10)
    assert aside(memory) == {"mail", "teams"}
    assert distrusted(memory) == {"identity:entra"}

    memory = go_on(memory, TOWN, 20)
    assert aside(memory) == {"mail", "teams"}
    assert distrusted(memory) == {"identity:ad"}


def test_all_that_is_known_of_a_component_goes_on_under_its_new_name() -> None:
    old = plan(component("site:a", probes=(probe("site:a"),)), MAIL, AD)
    new = plan(component("site:b", was="site:a", probes=(probe("site:b"),)), MAIL, AD)
    down = said(Mark(subject="site:a", says=Declared.DOWN, by="Ana", at=moment(6)), 6)
    memory = fold(old, result("site:a", "o", 1), down)

    memory = step(new, memory, Replanned(at=moment(10)))

    assert memory.words.marks.keys() == {"site:b"}
    assert memory.probes.keys() == {"components/site:b/tcp"}
    assert memory.components["site:b"].since == moment(6)


def test_component_renamed_without_a_word_frees_nothing_that_it_held() -> None:
    memory = start(TOWN, distrust("identity:ad"))

    memory = go_on(memory, entra(was=None), 10)

    assert aside(memory) == {"mail", "teams"}
    assert used(entra(None), memory) == "sms"
    held = memory.words.distrusts["channel:mail"]
    assert (held.by, held.at, held.held_for) == ("Ana", moment(5), ("identity:ad",))


def test_distrust_of_the_province_beside_one_that_was_held_outlives_it() -> None:
    held = go_on(start(TOWN, distrust("identity:ad")), CLEAN, 10)
    both = go_on(held, CLEAN, 20, distrust("channel:mail", 21, "Province"))

    cleared = go_on(both, CLEAN, 30, clear("identity:ad", 31))
    needed = go_on(go_on(both, TOWN, 30), CLEAN, 40, clear("identity:ad", 41))

    for memory in (cleared, needed):
        assert aside(memory) == {"mail"}
        assert memory.words.distrusts["channel:mail"].author == "Province"
        assert not memory.words.beside


def test_distrust_of_a_component_that_is_gone_ends_all_that_it_held() -> None:
    memory = go_on(start(TOWN, distrust("identity:ad")), entra(was=None), 10)

    memory = go_on(memory, entra(was=None), 20, clear("identity:ad", 21))

    assert distrusted(memory) == set()
    assert aside(memory) == set()


def test_plan_that_has_the_component_again_needs_no_word_for_each_channel() -> None:
    memory = go_on(start(TOWN, distrust("identity:ad")), entra(was=None), 10)

    memory = go_on(memory, TOWN, 20)

    assert aside(memory) == {"mail", "teams"}
    assert distrusted(memory) == {"identity:ad"}


# ------------------------------------------------------------- what a channel needs


def test_channel_that_needs_it_no_longer_stays_set_aside_until_cleared() -> None:
    memory = go_on(start(TOWN, distrust("identity:ad")), CLEAN, 10)
    assert aside(memory) == {"mail", "teams"}

    memory = go_on(memory, CLEAN, 20, clear("channel:mail", 21))

    assert aside(memory) == {"teams"}
    assert distrusted(memory) == {"identity:ad"}
    assert used(CLEAN, memory) == "mail"
    assert aside(go_on(memory, CLEAN, 30)) == {"teams"}


@pytest.mark.parametrize("stop", ["restart", "reboot", "sleep"])
def test_edit_while_no_engine_runs_ends_no_distrust(stop: str) -> None:
    memory = start(TOWN, distrust("identity:ad"))
    kept = msgspec.json.decode(msgspec.json.encode(memory), type=Memory)
    at = moment(10)
    if stop == "reboot":
        at = Instant(at.utc, 3.0)
        kept = after_reboot(kept, at)

    memory = step(
        CLEAN, kept, Resumed(at=at, since=kept.at if stop == "sleep" else None)
    )

    assert aside(memory) == {"mail", "teams"}


def test_channel_that_leaves_the_plan_and_comes_back_clean_is_still_held() -> None:
    memory = start(TOWN, distrust("identity:ad"))

    memory = go_on(go_on(memory, plan(AD, TEAMS, SMS), 10), CLEAN, 20)

    assert aside(memory) == {"mail", "teams"}


def test_another_way_that_an_edit_opens_frees_nothing() -> None:
    ways = plan(
        AD,
        component("identity:own"),
        channel("mail", ["identity:ad", "identity:own"]),
        TEAMS,
        SMS,
    )

    memory = go_on(start(TOWN, distrust("identity:ad")), ways, 10)

    assert aside(memory) == {"mail", "teams"}


def test_channel_behind_a_distrusted_path_stays_so_with_another() -> None:
    def over(via: str) -> Channel:
        ways = [probe("mail", f"tcp{n}", via=v, way_of="t") for n, v in enumerate(via)]
        return channel("mail", probes=tuple(ways))

    paths: list[Component | Path] = [component("internet:a")]
    paths += [
        Path(name=name, needs=(("internet:a",),) if name in "ab" else ())
        for name in "abc"
    ]
    old, new = plan(*paths, over("ab"), SMS), plan(*paths, over("ac"), SMS)
    memory = start(old, distrust("internet:a"))
    assert aside(memory) == {"mail"}

    assert aside(go_on(memory, new, 10)) == {"mail"}


def test_what_another_distrust_still_needs_is_not_free_with_that() -> None:
    own = component("site:it")
    old = plan(AD, own, channel("mail", "identity:ad", "site:it"), SMS)
    new = plan(own, channel("mail", "site:it"), SMS)
    memory = start(old, distrust("identity:ad"), distrust("site:it"))

    memory = go_on(memory, new, 10, clear("site:it", 11))

    assert aside(memory) == {"mail"}


def test_what_an_outage_alone_kept_it_from_is_no_distrust_of_the_channel() -> None:
    spare = component("site:spare", probes=(probe("site:spare"),))
    mail = channel("mail", ["identity:ad", "site:spare"])
    fails = [result("site:spare", "x", second) for second in (2, 3)]
    memory = start(plan(AD, spare, mail, SMS), *fails, distrust("identity:ad"))
    assert aside(memory) == {"mail"}

    memory = go_on(memory, plan(AD, spare, mail, SMS), 10)

    assert distrusted(memory) == {"identity:ad"}


def test_own_distrust_of_a_held_channel_is_not_ended_with_the_component() -> None:
    memory = go_on(start(TOWN, distrust("identity:ad")), CLEAN, 10)

    memory = go_on(
        memory, CLEAN, 20, distrust("channel:mail", 21), clear("identity:ad", 22)
    )

    assert aside(memory) == {"mail"}


def test_journal_says_that_a_channel_stays_set_aside() -> None:
    memory = step(CLEAN, start(TOWN, distrust("identity:ad")), Replanned(at=moment(10)))

    (change,) = (each for each in memory.fresh if each.subject == "mark")
    assert (change.name, change.before, change.after) == (
        "channel:mail",
        "distrusted",
        "kept",
    )
    assert change.facts["component"] == "identity:ad"
    again = step(CLEAN, memory, Replanned(at=moment(11)))
    assert not [each for each in again.fresh if each.subject == "mark"]
