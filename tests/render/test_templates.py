import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from secours.render import templates
from secours.render.badges import Badge, Tone


def said(words: str) -> Markup:
    return templates.part("actions.html", "refused", "en", words=words)


def test_words_are_put_in_escaped_on_one_line_and_cut() -> None:
    drawn = said("<b>\x1b[2J\u202ea\n b & 'c' " + "x" * 5000)

    assert "&lt;b&gt; [2J a b &amp; &#39;c&#39; xxx" in drawn
    assert "x…</p>" in drawn
    assert len(drawn) < 400


def test_markup_is_put_in_as_it_is() -> None:
    assert "<b>a</b></p>" in said(Markup("<b>a</b>"))


def test_words_may_be_let_be_longer() -> None:
    drawn = templates.part("actions.html", "will", "en", said=["x" * 500, "<b>"])

    assert "x" * 500 in drawn
    assert "&lt;b&gt;" in drawn


def test_what_a_template_misses_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError, match="'counts' is undefined"):
        templates.fill("channels.html", "en")
    with pytest.raises(UndefinedError, match="words"):
        templates.part("actions.html", "refused", "en")


def test_a_template_speaks_the_language_asked_for() -> None:
    drawn = templates.fill(
        "missing.html", "fr", title="", site="", style="", pages=[("journal", "x")]
    )

    assert '<html lang="fr">' in drawn
    assert ">Main courante</a>" in drawn


def test_a_badge_is_markup_and_its_words_are_not() -> None:
    drawn = Badge(Tone.DOWN, "<i>", beside='"', under="&").html(badge=True)

    assert isinstance(drawn, Markup)
    assert "s-badge" in drawn
    assert "&lt;i&gt;" in drawn
    assert '<span class="s-beside">&#34;</span>' in drawn
    assert '<span class="s-under">&amp;</span>' in drawn
