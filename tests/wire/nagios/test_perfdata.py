import pytest
from hypothesis import given
from hypothesis import strategies as st

from secours.wire.nagios.perfdata import Measure, perfdata


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        ("time=0.5s;1;2;0;10", [Measure("time", 0.5, "s")]),
        ("time=0.5s;;;0", [Measure("time", 0.5, "s")]),
        ("rta=0.080ms;3000.0;5000.0;0; pl=0%;80;100;; ", None),
        ("'/var/spool'=42%;@10:20;~:5", [Measure("/var/spool", 42.0, "%")]),
        ("'it''s free'=-1.5e3B", [Measure("it's free", -1500.0, "B")]),
        ("a=1 b=2", [Measure("a", 1.0), Measure("b", 2.0)]),
        (
            "temp=20°C;30 load=5/min",
            [Measure("temp", 20, "°C"), Measure("load", 5, "/min")],
        ),
        ("a=U b=U;1;2", []),
        ("", []),
    ],
)
def test_what_plugins_print_is_read(text: str, measures: list[Measure] | None) -> None:
    expected = (
        measures
        if measures is not None
        else [
            Measure("rta", 0.08, "ms"),
            Measure("pl", 0.0, "%"),
        ]
    )

    assert perfdata(text) == (tuple(expected), ())


@pytest.mark.parametrize(
    "text",
    [
        "time=0,5s",
        "time=1.000,5",
        "time=0.5s;1,5",
        "time=1 000"[:6] + "x;;;;;;",
        "time",
    ],
)
def test_what_is_not_in_the_c_locale_is_refused_and_not_misread(text: str) -> None:
    measures, refused = perfdata(text)

    assert measures == ()
    assert refused == (text,)


def test_one_refusal_spoils_nothing_else() -> None:
    measures, refused = perfdata("a=1 b=0,5 c=3")

    assert [measure.label for measure in measures] == ["a", "c"]
    assert refused == ("b=0,5",)


@given(st.text(max_size=100))
def test_no_text_breaks_the_reading(text: str) -> None:
    measures, refused = perfdata(text)

    assert len(measures) + len(refused) <= len(text)
