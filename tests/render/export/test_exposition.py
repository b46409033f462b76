"""What is written for Prometheus, read again by its own tool and by two parsers."""

import math
from collections.abc import Sequence

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as read_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as read_prometheus
from render import hearing, town_statements
from render.export.every_family import VITALS, written
from render.situations import meanwhile, starting
from render.snapshots import snapshot, with_line
from render.standbys import STANDBYS, ago, standing_by
from servers import promtool

from secours.model.sections.line import Tier
from secours.model.snapshot import Backup
from secours.model.vitals import Vitals
from secours.render.export.families import (
    END,
    Family,
    openmetrics_text,
    prometheus_text,
)
from secours.render.export.metrics import lines, metrics
from secours.render.export.states import states

Samples = dict[str, float]


def text(made: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in made)


def samples(families: Sequence[Family]) -> Samples:
    found = {}
    for line in prometheus_text(families):
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            assert name not in found
            found[name] = float(value)
    return found


@pytest.mark.usefixtures("processes")
@promtool.NEEDED
def test_prometheus_has_no_remark() -> None:
    said = promtool.remarks(
        "check", "metrics", given=text(list(prometheus_text(written())))
    )

    assert said == ""


def test_both_formats_are_read_as_they_were_meant() -> None:
    plain = list(read_prometheus(text(list(prometheus_text(written())))))
    opened = list(
        read_openmetrics(  # type: ignore[no-untyped-call]  # it names no types
            text(list(openmetrics_text(written())))
        )
    )

    def flat(families: Sequence[object]) -> set[tuple[str, str, float]]:
        return {
            (each.name, str(sorted(each.labels.items())), each.value)
            for family in families
            for each in family.samples  # type: ignore[attr-defined]  # untyped there
        }

    assert flat(plain) == flat(opened)
    assert len(flat(plain)) == len(samples(written()))
    assert {each.documentation for each in plain} == {
        each.documentation for each in opened
    }
    kinds = {each.name: each.type for each in opened}
    assert kinds["secours_engine_cpu_seconds"] == "counter"
    assert kinds["secours_build"] == "info"
    units = {each.name: each.unit for each in opened}
    assert units["secours_snapshot_age_seconds"] == "seconds"


def test_every_family_is_there_with_its_help_once() -> None:
    families = written()
    made = list(prometheus_text(families))

    names = [each.name for each in families]
    assert len(set(names)) == len(names)
    assert [each.name for each in families if not each.samples] == []
    helps = [line.split()[2] for line in made if line.startswith("# HELP")]
    assert helps == [each.sample_name for each in families]
    assert list(openmetrics_text(families))[-1] == END


def test_proof_of_a_way_ages_with_the_snapshot() -> None:
    found = samples(written(age_s=12.0))

    assert found['secours_notice_proof_age_seconds{target="duty"}'] == 1812.0
    assert found['secours_notice_proof_lacking{target="duty"}'] == 1.0


def test_labels_are_escaped() -> None:
    found = samples(written())

    assert (
        found['secours_channel_state{channel="a\\"b\\\\c\\nd",state="available"}'] == 1
    )


@pytest.mark.parametrize("age_s", [15.1, math.inf], ids=["old", "of-another-boot"])
def test_nothing_old_looks_green(age_s: float) -> None:
    found = samples(written(age_s=age_s))

    green = ("available", "ok", "degraded", "down")
    for name, value in found.items():
        if any(f'state="{state}"' in name for state in green):
            assert value == 0, name
    assert found['secours_channel_state{channel="calls",state="unknown"}'] == 1
    assert found[
        'secours_component_state{component="carrier:mobile-a",state="unknown"}'
    ]
    assert found['secours_own_link_state{state="unknown"}'] == 1
    assert found['secours_path_state{path="lan",state="unknown"}'] == 1
    assert found["secours_snapshot_fresh"] == 0
    assert found["secours_snapshot_age_seconds"] == age_s
    left_out = ("secours_line_", "latency", "warning")
    assert not [name for name in found if any(word in name for word in left_out)]


def test_what_must_not_be_used_is_said_of_an_old_snapshot_too() -> None:
    found = samples(written(age_s=math.inf))

    assert found['secours_channel_set_aside{channel="sms",why="distrusted"}'] == 1


def test_the_evidence_goes_on_ageing() -> None:
    young, old = samples(written(age_s=1.0)), samples(written(age_s=61.0))
    unknown = samples(written(age_s=math.inf))

    name = 'secours_channel_evidence_age_seconds{channel="calls"}'
    assert (young[name], old[name]) == (6.0, 66.0)
    assert name not in unknown


def test_without_a_snapshot_it_says_that_there_is_none() -> None:
    found = samples(list(metrics(None, math.inf, Vitals())))

    assert found == {
        "secours_engine_up": 0,
        "secours_engine_restarted_often": 0,
        "secours_snapshot_fresh": 0,
        "secours_snapshot_age_seconds": math.inf,
    }


def test_a_line_says_what_to_use_how_sure_that_is_and_what_else() -> None:
    backup = Backup(channel="pager", tier=Tier.CONTINGENCY, independent=False)
    shown = with_line(snapshot("xooo", "xxxx"), 0, backup=backup)
    found = samples(list(lines(shown)))

    alert = 'purpose="alert",audience="management"'
    other = 'purpose="coordinate",audience="management"'
    assert found == {
        f"secours_line_usable{{{alert}}}": 1,
        f"secours_line_usable{{{other}}}": 0,
        f"secours_line_measuring{{{alert}}}": 0,
        f"secours_line_measuring{{{other}}}": 0,
        f'secours_line_use{{{alert},channel="calls",tier="alternate",'
        'state="available"}': 1,
        f"secours_line_verified{{{alert}}}": 1,
        f"secours_line_pinned{{{alert}}}": 0,
        f'secours_line_backup{{{alert},channel="pager",tier="contingency",'
        'independent="no"}': 1,
    }


def test_a_line_that_is_being_measured_is_neither_usable_nor_not() -> None:
    alert = 'purpose="alert",audience="management"'
    first, later = (samples(list(lines(shown))) for shown in (starting(), meanwhile()))

    assert f"secours_line_usable{{{alert}}}" not in first
    assert first[f"secours_line_measuring{{{alert}}}"] == 1
    assert later[f"secours_line_usable{{{alert}}}"] == 1
    assert later[f"secours_line_measuring{{{alert}}}"] == 1


def test_what_has_nothing_to_say_is_left_out() -> None:
    made = list(prometheus_text(states(snapshot("oooo"))))

    helps = {line.split()[2] for line in made if line.startswith("# HELP")}
    assert "secours_channel_state" in helps
    assert not helps & {"secours_channel_warning", "secours_trouble"}


@pytest.mark.parametrize(
    ("name", "probes", "hears", "age_s"),
    [
        ("shows", 0, 1, 4.0),
        ("not heard", 0, 0, 604.0),
        ("probes", 1, 0, 3604.0),
        ("both probe", 1, 1, 4.0),
        ("never heard", 0, 0, None),
    ],
    ids=["shows", "deaf", "alone", "both", "never-heard"],
)
def test_a_standby_says_which_part_it_plays(
    name: str, probes: int, hears: int, age_s: float | None
) -> None:
    shown = STANDBYS[name]
    found = samples(list(metrics(shown, 4.0, VITALS)))

    assert shown.standby is not None
    assert found["secours_standby_probing"] == probes
    assert found["secours_standby_first_heard"] == hears
    assert found.get("secours_standby_first_heard_age_seconds") == age_s
    since = found["secours_standby_since_timestamp_seconds"]
    assert since == shown.standby.since.utc.timestamp()


def test_a_standby_that_is_gone_neither_hears_nor_probes() -> None:
    shown = standing_by(snapshot(), probing=True, since=ago(snapshot(), 60))
    old = samples(list(metrics(shown, 600.0, VITALS)))
    rebooted = samples(list(metrics(shown, math.inf, VITALS)))

    for found in (old, rebooted):
        assert found["secours_standby_probing"] == 0
        assert found["secours_standby_first_heard"] == 0
    assert old["secours_standby_first_heard_age_seconds"] == 600.0
    assert "secours_standby_first_heard_age_seconds" not in rebooted


def test_who_stands_by_for_nobody_has_no_part() -> None:
    found = metrics(snapshot(), 1.0, VITALS)

    assert not [each.name for each in found if "standby" in each.name]


def test_people_who_hear_the_channel_to_use_are_counted() -> None:
    alert = 'purpose="alert",audience="management"'
    found = samples(list(lines(hearing.missing("-o"))))
    nobody = samples(
        list(lines(hearing.missing("-o", people={"field": None, "home": 60})))
    )

    assert found[f"secours_line_people{{{alert}}}"] == 80
    assert found[f"secours_line_people_reached{{{alert}}}"] == 60
    assert not [name for name in nobody if name.startswith("secours_line_people")]


def test_a_pinned_channel_that_is_down_is_not_what_to_use() -> None:
    found = samples(list(lines(town_statements.pinned("x"))))
    line = 'purpose="alert",audience="management"'

    used = f'{line},channel="sms",tier="primary",state="available"'
    assert found[f"secours_line_use{{{used}}}"] == 1
    assert found[f"secours_line_usable{{{line}}}"] == 1
    assert found[f"secours_line_pinned{{{line}}}"] == 1
    assert not [name for name in found if 'channel="pager"' in name]
