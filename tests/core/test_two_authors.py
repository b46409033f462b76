"""The site and the province speak of the same things: whose word is in force when."""

from datetime import timedelta

import msgspec
import pytest
from plans import START, channel, component, fold, moment, plan, result, shot, tick

from secours.core.events import Event, Said
from secours.core.memory import Memory, after_reboot
from secours.core.renaming import renamed
from secours.core.statements import words_in_force
from secours.core.statements.words_in_force import Words
from secours.core.step import step
from secours.model.observed import Instant, Reason
from secours.model.snapshot import State
from secours.model.statements import Declared, Exercise, Mark, Withdrawn, Word

PROVINCE = "Province de Liège"
GRID = "power:grid"
TOWN = plan(component(GRID), channel("sms", GRID), channel("radio"))
FINE = [result("sms", "o", 1), result("radio", "o", 1)]
REBOOT = Instant(moment(2000).utc, 5.0)
Author = str
BOTH = pytest.mark.parametrize(
    ("one", "other"), [("", PROVINCE), (PROVINCE, "")], ids=["the-site", "the-province"]
)


def say(word: Word, second: float) -> Said:
    return Said(word=word, at=moment(second))


def mark(
    author: Author, says: Declared, second: float, for_s: float | None = 1e5
) -> Said:
    until = None if for_s is None else START + timedelta(seconds=second + for_s)
    word = Mark(
        subject=GRID,
        says=says,
        by="Ann",
        at=moment(second),
        until=until,
        author=author,
    )
    return say(word, second)


def unmark(
    author: Author,
    second: float,
    says: Declared | None = None,
    *,
    mistaken: bool = False,
) -> Said:
    word = Withdrawn(
        kind="mark", subject=GRID, says=says, mistaken=mistaken, by="B", author=author
    )
    return say(word, second)


def exercise(author: Author, second: float) -> Said:
    until = START + timedelta(seconds=second + 1e4)
    word = Exercise(
        fails=(GRID,), by="Ann", at=moment(second), until=until, author=author
    )
    return say(word, second)


def told(*events: Event) -> Memory:
    return fold(TOWN, *FINE, *events)


def in_force(memory: Memory) -> list[tuple[Author, Declared]]:
    return [(each.author, each.says) for each in words_in_force.all_marks(memory.words)]


# -------------------------------------------------------------------------------- marks


@pytest.mark.parametrize("first", ["", PROVINCE], ids=["site-first", "province-first"])
def test_the_sites_own_word_is_in_force_whoever_speaks_first(first: Author) -> None:
    words = [mark("", Declared.UP, 10), mark(PROVINCE, Declared.DOWN, 10)]
    memory = told(*(words if not first else reversed(words)))

    assert in_force(memory) == [("", Declared.UP)]
    assert memory.components[GRID].state is State.AVAILABLE


def test_the_provinces_word_is_in_force_again_when_the_sites_is_withdrawn() -> None:
    both = told(mark(PROVINCE, Declared.DOWN, 10), mark("", Declared.UP, 20))
    memory = step(TOWN, both, unmark("", 30))

    assert in_force(memory) == [(PROVINCE, Declared.DOWN)]
    assert memory.components[GRID].state is State.DOWN
    assert memory.components[GRID].since == moment(10)


def test_the_provinces_word_is_in_force_again_when_the_sites_lapses() -> None:
    both = told(mark(PROVINCE, Declared.DOWN, 10), mark("", Declared.UP, 20, for_s=10))

    assert in_force(step(TOWN, both, tick(29))) == [("", Declared.UP)]
    assert in_force(step(TOWN, both, tick(31))) == [(PROVINCE, Declared.DOWN)]


def test_a_word_of_the_province_whose_date_came_meanwhile_is_gone() -> None:
    both = told(mark(PROVINCE, Declared.DOWN, 10, for_s=15), mark("", Declared.UP, 20))
    memory = step(TOWN, step(TOWN, both, tick(30)), unmark("", 40))

    assert in_force(memory) == []
    lapsed = [each for each in memory.changes if each.reason is Reason.LAPSED]
    assert [each.facts for each in lapsed] == [{"author": PROVINCE}]


@BOTH
def test_each_takes_back_his_own_mark_only(one: Author, other: Author) -> None:
    memory = told(mark(one, Declared.DOWN, 10), unmark(other, 20))

    assert in_force(memory) == [(one, Declared.DOWN)]
    assert in_force(step(TOWN, memory, unmark(one, 30))) == []


def test_what_was_down_by_both_has_been_since_the_first_said_so() -> None:
    said = told(
        mark("", Declared.DOWN, 10, for_s=50), mark(PROVINCE, Declared.DOWN, 20)
    )

    lapsed = step(TOWN, said, tick(61))
    assert in_force(lapsed) == [(PROVINCE, Declared.DOWN)]
    assert lapsed.words.marks[GRID].began == moment(10)
    mistaken = step(TOWN, said, unmark("", 30, mistaken=True))
    assert mistaken.words.marks[GRID].began == moment(20)


def test_what_lapses_over_the_provinces_word_is_unproven_when_that_ends() -> None:
    both = told(
        mark(PROVINCE, Declared.MAINTENANCE, 10, for_s=100),
        mark("", Declared.DOWN, 20, for_s=20),
    )
    lapsed = step(TOWN, both, tick(41))
    assert in_force(lapsed) == [(PROVINCE, Declared.MAINTENANCE)]
    assert lapsed.words.lapsed[GRID].says is Declared.DOWN

    withdrawn = step(TOWN, lapsed, unmark(PROVINCE, 50))
    assert withdrawn.words.lapsed == withdrawn.words.displaced == {}
    mistaken = step(TOWN, lapsed, unmark(PROVINCE, 50, mistaken=True))
    assert mistaken.words.lapsed[GRID].says is Declared.DOWN
    over = step(TOWN, lapsed, tick(111))
    assert over.words.lapsed[GRID].says is Declared.DOWN  # it began last


def test_taking_a_mistaken_word_back_is_as_if_it_had_not_been_said() -> None:
    province = mark(PROVINCE, Declared.DOWN, 10, for_s=15)
    without = told(province, tick(30))
    memory = told(
        province, mark("", Declared.DOWN, 20), tick(29), unmark("", 30, mistaken=True)
    )

    assert without.words.lapsed[GRID].author == PROVINCE
    assert memory.words == without.words


def test_the_journal_says_that_the_provinces_word_gives_way_and_holds_again() -> None:
    below = told(mark("", Declared.UP, 10, for_s=30), mark(PROVINCE, Declared.DOWN, 20))
    lapsed = step(TOWN, below, tick(41))

    assert precedence(below) == ["beneath"]
    assert precedence(lapsed) == ["beneath", "again"]
    again = next(each for each in lapsed.changes if each.after == "again")
    assert (again.name, again.before) == (GRID, "down")
    assert again.facts == {"author": PROVINCE}
    last = [each.after for each in lapsed.changes if each.subject == "mark"]
    assert last[:2] == ["again", ""]  # first the site's own word ended


def test_the_journal_says_that_it_holds_once_the_sites_own_is_withdrawn() -> None:
    both = told(mark(PROVINCE, Declared.DOWN, 10), mark("", Declared.UP, 20))

    assert precedence(both) == ["beneath"]
    assert precedence(step(TOWN, both, unmark("", 30))) == ["beneath", "again"]
    ended = step(TOWN, step(TOWN, both, unmark(PROVINCE, 30)), unmark("", 40))
    assert precedence(ended) == ["beneath"]


def test_the_journal_says_that_a_distrust_of_the_province_holds_on() -> None:
    both = told(
        mark(PROVINCE, Declared.DISTRUSTED, 10), mark("", Declared.DISTRUSTED, 20)
    )

    assert precedence(both) == []
    assert precedence(step(TOWN, both, unmark("", 30))) == ["again"]


def precedence(memory: Memory) -> list[str]:
    """Return what the journal has of whose word is above, the oldest first."""
    said = [each.after for each in memory.changes if each.after in ("beneath", "again")]
    return said[::-1]


# ---------------------------------------------------------------------------- distrusts


@BOTH
def test_a_distrust_holds_until_its_own_author_lifts_it(
    one: Author, other: Author
) -> None:
    distrusts = (
        mark(one, Declared.DISTRUSTED, 10),
        mark(other, Declared.DISTRUSTED, 20),
    )
    lifted = told(*distrusts, unmark(other, 30))
    again = step(TOWN, lifted, unmark(other, 40, Declared.DISTRUSTED))

    assert in_force(lifted) == [(one, Declared.DISTRUSTED)]
    assert again.words == lifted.words
    assert again.channels["sms"].aside is Reason.SET_ASIDE
    assert in_force(step(TOWN, again, unmark(one, 50))) == []


def test_a_distrust_of_each_is_shown_and_the_sites_first() -> None:
    memory = told(
        mark(PROVINCE, Declared.DISTRUSTED, 10), mark("", Declared.DISTRUSTED, 20)
    )

    assert in_force(memory) == [
        ("", Declared.DISTRUSTED),
        (PROVINCE, Declared.DISTRUSTED),
    ]


def test_no_word_of_the_site_ends_a_distrust_of_the_province() -> None:
    memory = told(mark(PROVINCE, Declared.DISTRUSTED, 10), mark("", Declared.UP, 20))

    assert memory.channels["sms"].aside is Reason.SET_ASIDE


# ---------------------------------------------------------------------------- exercises


def test_an_exercise_of_the_province_leaves_the_sites_own_running() -> None:
    own = told(exercise("", 10))
    foreign = exercise(PROVINCE, 20)

    assert words_in_force.is_displaced(own.words, foreign.word)
    assert step(TOWN, own, foreign).words.exercise == own.words.exercise


def test_the_site_may_stop_the_provinces_exercise_and_not_the_other_way() -> None:
    def stop(author: Author) -> Said:
        return say(Withdrawn(kind="exercise", by="Bob", author=author), 30)

    own, foreign = told(exercise("", 10)), told(exercise(PROVINCE, 10))

    assert step(TOWN, own, stop(PROVINCE)).words.exercise is not None
    assert step(TOWN, foreign, stop("Renamed")).words.exercise is None
    assert step(TOWN, foreign, stop("")).words.exercise is None
    assert step(TOWN, foreign, stop(PROVINCE)).words.exercise is None


def test_an_exercise_puts_no_word_of_the_province_in_force() -> None:
    """What it takes lacks the site's own `up`, and is not set aside for that."""
    up = Mark(subject="channel:sms", says=Declared.UP, by="Ann", at=moment(20))
    idle = Mark(
        subject="channel:sms",
        says=Declared.MAINTENANCE,
        by="Ann",
        at=moment(10),
        author=PROVINCE,
    )

    played = shot(TOWN, told(say(idle, 10), say(up, 20), exercise("", 30))).rehearsal

    assert played is not None
    assert played.channels["sms"].state is State.DOWN
    assert not played.channels["sms"].aside


# ------------------------------------------------------------------------------- memory


def both_of_each() -> Memory:
    return told(
        mark(PROVINCE, Declared.DOWN, 10),
        mark("", Declared.UP, 20),
        mark(PROVINCE, Declared.DISTRUSTED, 30),
        mark("", Declared.DISTRUSTED, 40),
    )


def test_a_restart_forgets_no_word_of_either() -> None:
    memory = both_of_each()

    assert msgspec.json.decode(msgspec.json.encode(memory), type=Memory) == memory


def test_a_reboot_moves_the_words_of_either_to_its_own_clock() -> None:
    words = after_reboot(both_of_each(), REBOOT).words

    [beneath], [beside] = words.beneath.values(), words.beside.values()
    assert beneath.at == Instant(moment(10).utc, 5.0 - 1990.0)
    assert beside.at == Instant(moment(30).utc, 5.0 - 1970.0)


def test_words_that_an_older_version_kept_are_the_sites_own() -> None:
    kept = msgspec.to_builtins(told(mark("", Declared.DOWN, 10)).words)
    old = {name: kept[name] for name in kept if name not in ("beneath", "beside")}
    for each in old["marks"].values():
        del each["author"]

    [read] = words_in_force.all_marks(msgspec.convert(old, Words))
    assert read.author == ""


def test_a_channel_under_another_name_keeps_the_words_of_both() -> None:
    def of(name: str, author: Author, says: Declared) -> Mark:
        return Mark(subject=name, says=says, by="A", at=moment(1), author=author)

    old, new = "channel:sms", "channel:texts"
    memory = Memory(
        words=Words(
            marks={old: of(old, "", Declared.UP)},
            beneath={old: of(old, PROVINCE, Declared.DOWN)},
            distrusts={old: of(old, "", Declared.DISTRUSTED)},
            beside={old: of(old, PROVINCE, Declared.DISTRUSTED)},
        )
    )

    words = renamed({"sms": "texts"}, memory).words
    assert words.beneath[new].subject == words.beside[new].subject == new


def test_marks_of_both_that_meet_under_one_name_are_each_in_its_place() -> None:
    old, new = "channel:sms", "channel:texts"
    down = Mark(subject=old, says=Declared.DOWN, by="A", at=moment(1), author=PROVINCE)
    up = Mark(subject=new, says=Declared.UP, by="A", at=moment(2))
    memory = Memory(words=Words(marks={old: down, new: up}))

    words = renamed({"sms": "texts"}, memory).words

    assert words.marks == {new: up}
    assert words.beneath[new].says is Declared.DOWN


def test_the_journal_says_whose_word_it_is() -> None:
    memory = told(mark(PROVINCE, Declared.DOWN, 10))

    [change] = [each for each in memory.changes if each.subject == "mark"]
    assert change.facts["author"] == PROVINCE
