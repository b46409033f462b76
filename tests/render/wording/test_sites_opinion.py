"""What other sites see is said in one sentence, and never when it is old."""

import pytest
from msgspec.structs import replace
from render.others import FIBRE, META, blaming, opinion, them, unheard, us
from render.snapshots import snapshot, suspecting

from secours.languages import LANGUAGES
from secours.model.snapshot import Explained, Hub, Opinion, Snapshot
from secours.render.redact import discreet
from secours.render.wording.localizer import Localizer
from secours.render.wording.sites.opinion import conclusions, hub, sentences


def said(shot: Snapshot, language: str = "en", age_s: float = 0.0) -> list[str]:
    return sentences(Localizer(shot, language, age_s))


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        pytest.param(
            opinion(41, ours=((FIBRE,),)),
            "Meta works at 41 other sites, not here: it is us (Fibre)",
            id="us",
        ),
        pytest.param(
            opinion(1, ours=((FIBRE,), ("channel:sms",))),
            "Meta works at 1 other site, not here: it is us (Fibre or the channel"
            " On-call SMS alone)",
            id="us-one-of-two",
        ),
        pytest.param(
            opinion(3, ours=((FIBRE,), ("dns:a",), ("site:b",), ("site:c",))),
            "Meta works at 3 other sites, not here: it is us (Fibre or a, and 2 other"
            " possibilities)",
            id="us-one-of-many",
        ),
        pytest.param(
            opinion(fails=38, heard=40, theirs=True),
            "Meta fails at 38 of 40 other sites too: it is Meta",
            id="them",
        ),
        pytest.param(
            opinion(3, 4, heard=9),
            "Meta works at 3 of 9 other sites, fails at 4",
            id="both",
        ),
        pytest.param(
            opinion(1, heard=1), "Meta works at 1 of 1 other site", id="works"
        ),
        pytest.param(
            opinion(fails=2, heard=9),
            "Meta fails at 2 of 9 other sites too",
            id="fails",
        ),
    ],
)
def test_it_is_said_in_one_sentence(seen: Opinion, words: str) -> None:
    assert said(blaming(opinions=(seen,))) == [words]


def test_what_others_only_suspect_is_said_so() -> None:
    seen = replace(opinion(heard=9), suspected_at=("a", "b"))

    assert said(blaming(opinions=(seen,))) == [
        "Meta is suspected at 2 of 9 other sites too"
    ]


def test_what_may_each_be_them_is_said_at_once() -> None:
    many = tuple(f"s{n}" for n in range(38))
    one = replace(opinion(heard=40, theirs=True), suspected_at=many)
    other = replace(one, component=FIBRE, suspected_at=many[1:])
    shot = blaming(opinions=(one, other))
    sure = blaming(opinions=(opinion(fails=38, heard=40, theirs=True), other))

    words = "Meta or Fibre fails at 37 of 40 other sites too: it is Meta or Fibre"
    assert said(shot) == [words]
    assert sentences(Localizer(shot, "en"), {FIBRE}) == [words]
    assert said(sure) == ["Meta fails at 38 of 40 other sites too: it is Meta"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Meta, Fibre work at 41 other sites, not here: it is us (dns:a)"),
        (
            "fr",
            "Meta, Fibre : cela fonctionne dans 41 autres sites, pas ici, donc c’est"  # noqa: RUF001
            " chez nous (dns:a)",
        ),
    ],
    ids=["en", "fr"],
)
def test_what_is_said_alike_of_several_is_said_once(language: str, words: str) -> None:
    one = opinion(41, ours=(("dns:a",),))
    shot = blaming(opinions=(one, replace(one, component=FIBRE)))

    (found,) = said(shot, language)

    assert found.replace("\u202f", " ").replace("\xa0", " ") == words.replace(
        "dns:a", found.rpartition("(")[2].rstrip(")")
    )


def test_who_has_seen_nothing_is_not_quoted() -> None:
    assert said(blaming(opinions=(opinion(heard=5),))) == []


def test_what_is_old_says_nothing() -> None:
    most_s = us().screen.max_age_s

    assert said(us(), age_s=most_s)
    assert not said(us(), age_s=most_s + 1.0)
    assert not said(us(), age_s=-1.0)


def test_only_what_is_known_is_a_conclusion() -> None:
    shot = blaming(opinions=(opinion(3, 4), replace(opinion(3), component=FIBRE)))

    assert conclusions(Localizer(shot, "en")) == []
    assert conclusions(Localizer(us(), "en")) == said(us())
    assert sentences(Localizer(us(), "en"), {FIBRE}) == []
    assert sentences(Localizer(us(), "en"), {META}) == said(us())


def aside(*opinions: Opinion) -> Snapshot:
    """Return a town in which only the fibre may have failed, with what others see."""
    group = Explained(channels=("sms", "teams"), suspects=((FIBRE,),))
    return suspecting(blaming(opinions=opinions), group)


def test_what_fails_with_a_suspect_of_ours_is_said_once_by_what_works_most() -> None:
    one, most = (opinion(number, ours=((FIBRE,),)) for number in (40, 41))
    other = replace(one, component="cloud:x")
    words = "Meta works at 41 other sites, not here: it is us (Fibre)"
    shot = aside(other, most)

    assert said(shot) == [words]
    assert conclusions(Localizer(shot, "en")) == [words]
    assert sentences(Localizer(shot, "en"), {FIBRE}) == [words]
    assert sentences(Localizer(shot, "en"), {"power:grid"}) == []


def test_what_is_no_suspect_and_only_works_elsewhere_is_not_said() -> None:
    assert said(aside(opinion(3, heard=9))) == []
    assert said(aside(opinion(3, 4, heard=9))) == [
        "Meta works at 3 of 9 other sites, fails at 4"
    ]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize(
    "shot", [pytest.param(us(), id="us"), pytest.param(them(), id="them")]
)
def test_every_language_has_the_numbers_and_names(
    shot: Snapshot, language: str
) -> None:
    (words,) = said(shot, language)

    assert "{" not in words
    assert "Meta" in words
    assert ("41" in words and "Fibre" in words) or ("38" in words and "40" in words)


@pytest.mark.parametrize(
    ("since_s", "words"),
    [
        pytest.param(59.0, "", id="a-moment"),
        pytest.param(
            720.0,
            "The hub has not been reached for 12 min: other sites do not hear us",
            id="long",
        ),
    ],
)
def test_a_hub_that_is_not_reached_is_said_after_a_minute(
    since_s: float, words: str
) -> None:
    assert hub(Localizer(unheard(since_s), "en")) == words


def test_a_hub_that_is_reached_and_a_site_by_itself_say_nothing() -> None:
    shot = unheard()
    reached = replace(
        shot, hub=replace(shot.hub or Hub(url="", since=shot.at), connected=True)
    )

    assert hub(Localizer(reached, "en")) == ""
    assert hub(Localizer(snapshot(), "en")) == ""


def test_a_stranger_reads_how_many_not_who_nor_where_the_hub_is() -> None:
    shown = discreet(replace(us(), hub=unheard().hub))

    assert said(shown) == said(us())
    assert {*shown.opinions[0].works_at} == {"—"}
    assert shown.hub is not None
    assert shown.hub.url == ""
