from datetime import UTC, datetime
from pathlib import Path

import pytest

from secours.config import BadConfig, catalogue, load
from secours.config.sections.scenario import REFERENCE, load_scenario, recordings
from secours.core.replay import recording
from secours.languages import LANGUAGES, Text
from secours.model.observed import Verdict
from secours.model.recording import Cause, Claim, Scenario, Turn
from secours.model.statements import Declared
from secours.render.wording.mistakes import worded

WHOLE = """\
scenario: drill
title: A drill
start: '2021-10-04T17:39:00+02:00'
duration: 2h
confidence: high
lesson: Look twice.
sources: ['https://example.invalid/']
otherwise: degraded
observe:
  sms:
  - [0m, failed]
  - [90s, ok]
marks:
- {component: 'power:grid', at: 2m, state: down, since: 1m, until: 1h}
causes:
- {component: 'carrier:a', from: 0m, to: 90s, state: failed}
"""
LEAST = """\
scenario: drill
start: 2021-10-04T15:39:00
duration: 2h
observe: {}
"""


def read(folder: Path, text: str) -> Scenario:
    file = folder / "drill.yaml"
    file.write_text(text, encoding="utf-8")
    return load_scenario(str(file))


def mistakes(folder: Path, text: str) -> list[str]:
    """Return what is said of it, as `line:column: where: message`."""
    with pytest.raises(BadConfig) as caught:
        read(folder, text)
    start = f"{folder / 'drill.yaml'}:"
    said = [str(mistake) for mistake in worded(caught.value.mistakes, "en")]
    assert all(each.startswith(start) for each in said)
    return [each.removeprefix(start) for each in said]


def test_everything_in_a_file_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE) == Scenario(
        name="drill",
        title=Text("A drill"),
        start=datetime(2021, 10, 4, 15, 39, tzinfo=UTC),
        duration_s=7200.0,
        confidence="high",
        lesson=Text("Look twice."),
        sources=("https://example.invalid/",),
        otherwise=Verdict.DEGRADED,
        observe={"sms": (Turn(0.0, Verdict.FAILED), Turn(90.0, Verdict.OK))},
        marks=(
            Claim(
                component="power:grid",
                at_s=120.0,
                says=Declared.DOWN,
                since_s=60.0,
                until_s=3600.0,
            ),
        ),
        causes=(Cause(component="carrier:a", from_s=0.0, to_s=90.0),),
    )


def test_title_and_lesson_may_be_in_several_languages(tmp_path: Path) -> None:
    text = WHOLE.replace("A drill", "{fr: Un exercice, nl: Een oefening}")

    scenario = read(tmp_path, text.replace("Look twice.", "{en: Look twice.}"))

    assert scenario.title.in_("nl") == "Een oefening"
    assert scenario.lesson.in_("nl", "en") == "Look twice."


def test_what_may_be_left_out_has_its_usual_value(tmp_path: Path) -> None:
    assert read(tmp_path, LEAST) == Scenario(
        name="drill",
        start=datetime(2021, 10, 4, 15, 39, tzinfo=UTC),
        duration_s=7200.0,
    )


@pytest.mark.parametrize("name", recordings())
def test_every_recording_of_the_package_is_read(name: str) -> None:
    scenario = load_scenario(name)

    assert scenario.name == name
    for words in (scenario.title, scenario.lesson):
        assert words.translations.keys() == set(LANGUAGES)
        assert all(words.translations.values())
    assert scenario.sources
    assert scenario.confidence


def test_the_recordings_are_those_of_the_package_without_its_plan() -> None:
    assert len(recordings()) >= 10
    assert "meta-2021-10-04" in recordings()
    assert "reference" not in recordings()


@pytest.mark.parametrize("name", recordings())
def test_every_name_in_a_recording_is_known(name: str) -> None:
    scenario = load_scenario(name)
    known = catalogue.load()
    components = {*known.components, *load(REFERENCE).components}

    assert [each for each in scenario.observe if not known.kind_named(each)] == []
    assert {claim.component for claim in scenario.marks} <= components
    assert {cause.component for cause in scenario.causes} <= components


def test_a_kind_observed_under_a_former_name_is_seen(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "channels: {tel: {kind: voice-mobile}, voice-mobile: {kind: voice-mobile-b}}"
    )
    config = load(plan)
    scenario = load_scenario("rogers-2022-07-08")  # says nothing of operator b

    seen = recording.turns(config, scenario)

    assert seen["tel"] == scenario.observe["voice-mobile-a"]
    assert seen["voice-mobile"] == ()


def test_every_mistake_is_listed_with_its_place(tmp_path: Path) -> None:
    text = (
        WHOLE.replace("[0m, failed]", "[0, failed]")
        .replace("[90s, ok]", "[90s, fine]")
        .replace("state: down", "state: off")
        .replace("duration", "durations")
    )

    assert mistakes(tmp_path, text) == [
        "4:1: durations: unknown key 'durations': did you mean 'duration'?",
        "11:6: observe.sms[0][0]: must be longer than 0, not '0'",
        "12:11: observe.sms[1][1]: must be one of ok, degraded, failed, unknown,"
        " not 'fine': did you mean 'failed'?",
        "14:44: marks[0].state: must be one of down, up, maintenance, distrusted,"
        " not 'off'",
    ]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("[90s, ok]", "[0s, ok]", "its times must rise"),
        ("[90s, ok]", "[90s]", "a time and what is seen from then on"),
        ("[90s, ok]", "90s", "must be a list"),
        ("until: 1h", "until: 1m", "'until' must be after 'at'"),
        ("since: 1m", "since: 3m", "'since' must not be after 'at'"),
        ("to: 90s", "to: 0m", "'to' must be after 'from'"),
        ("'carrier:a'", "carrier", "a component such as power:grid"),
        ("state: failed}", "state: ok}", "must be one of failed, degraded"),
        ("17:39", "27:39", "a moment in UTC such as"),
        ("2021-10", "0001-10", "a moment in UTC such as"),
        ("2021-10", "9999-10", "a moment in UTC such as"),
        ("duration: 2h", "duration: 99999d", "must be a length of time such as"),
        ("until: 1h", "until: 99999d", "must be a length of time such as"),
        ("high", "sure", "must be one of high, medium, low"),
        ("- {component: 'carrier:a',", "- {", "'component' is missing"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    assert before in WHOLE

    [mistake] = mistakes(tmp_path, WHOLE.replace(before, after))

    assert said in mistake


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    [mistake] = mistakes(tmp_path, "- scenario\n")

    assert mistake.startswith("1:1: must be a mapping")


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    [mistake] = mistakes(tmp_path, "a: [b\n")

    assert "'[' is never closed" in mistake


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("meta-2021-10-05", "did you mean 'meta-2021-10-04'?"),
        (".", "is a folder"),
        ("a\0b", "cannot be read"),
    ],
)
def test_a_name_that_is_none_says_what_there_is(name: str, said: str) -> None:
    with pytest.raises(BadConfig) as caught:
        load_scenario(name)

    (mistake,) = worded(caught.value.mistakes, "en")
    assert said in mistake.message
