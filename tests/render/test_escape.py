import pytest

from secours.render.escape import esc, literal, plain


def test_markup_is_shown_and_not_obeyed() -> None:
    assert esc("<b onclick='x'>\"&") == "&lt;b onclick=&#39;x&#39;&gt;&#34;&amp;"


@pytest.mark.parametrize("bad", ["\x1b[2J", "\x00", "\u202e", "\u2028", "\r\n", "\x7f"])
def test_control_characters_are_gone(bad: str) -> None:
    assert plain(f"a{bad}b").isprintable()


def test_long_words_are_cut_and_say_so() -> None:
    cut = plain("x" * 5000)

    assert len(cut) == 200
    assert cut.endswith("…")


def test_no_break_spaces_of_french_are_kept() -> None:
    assert plain("Sinon\u00a0: x") == "Sinon\u00a0: x"


def test_anything_can_be_shown() -> None:
    assert esc(None) == "None"
    assert esc(3.5) == "3.5"


def test_a_label_is_escaped_no_more_than_markdown_asks_for() -> None:
    assert literal("Plate-forme BE-Alert (SMS), v2.1") == (
        "Plate-forme BE-Alert (SMS), v2.1"
    )
    assert literal("1. Radio") == r"1\. Radio"
    assert literal("# a") == r"\# a"
    assert literal("**b** [x](y) :red[z] <b> $x$ a->b") == (
        r"\*\*b\*\* \[x\](y) \:red\[z\] \<b\> \$x\$ a-\>b"
    )


def test_a_label_with_an_address_has_no_link() -> None:
    assert literal("a http://x.example") == "a http\\:\u2060//x.example"
    assert literal("WWW.x.example") == "WWW\u2060.x.example"
    assert literal("me@x.example") == "me\u2060@x.example"
    assert literal("10:30 a/b www") == r"10\:30 a/b www"
