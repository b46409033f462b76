"""What the schemas of the commands accept and refuse."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from math import inf
from typing import Any

import jsonschema
import msgspec
import pytest
from msgspec.structs import replace
from plans import moment
from printed import checker, printed
from render import hearing, others, sent_notices, town_statements
from render.silences import silent
from render.snapshots import snapshot
from site_views import fallen, good, line, lost, picture, site

from secours.cli import schema
from secours.config import load
from secours.config.sections.scenario import FOLDER, REFERENCE, load_scenario
from secours.core.audit.plan import audit
from secours.core.replay import sites as sites_played
from secours.core.replay.score import replay
from secours.core.replay.whatif import whatif
from secours.core.sites.reach import reach_table
from secours.model.observed import Reason
from secours.model.secret import InClear
from secours.model.sites.handed_down import Addressee, HandedDown, OrderProgress
from secours.model.sites.views import OrderKind
from secours.model.snapshot import Link, Snapshot
from secours.model.statements import Trial
from secours.render.answers import audit as audit_answer
from secours.render.answers import (
    check,
    notify,
    recommend,
    report,
    self_check,
    status,
    watch,
)
from secours.render.answers import replay as replay_answer
from secours.render.answers import whatif as whatif_answer
from secours.render.answers.notes import HubAnswer
from secours.render.answers.sites import answer as sites
from secours.render.answers.sites import sites_replay
from secours.render.answers.values import iso
from secours.render.wording.announcement import announcements
from secours.render.wording.localizer import Localizer

FAILS = ("power:grid",)


def shots() -> Iterator[Snapshot]:
    yield snapshot()
    yield snapshot("xxxx", "d?ox", words_lost=True, config_error="probes.yaml:1:1")
    yield town_statements.town("oooo", "xooo")
    yield from hearing.SITUATIONS.values()
    yield town_statements.rehearsed(town_statements.town())
    yield town_statements.set_aside(due=True)
    yield from (
        town_statements.pinned("x"),
        town_statements.doubtful(),
        town_statements.fibre(),
    )
    yield from (town_statements.on_duty(), town_statements.handed_over())
    yield from (town_statements.secretless(), town_statements.ending())
    yield of_the_province(town_statements.rehearsed(town_statements.set_aside()))
    yield from (others.us(), others.them(), others.unheard())


def of_the_province(shot: Snapshot) -> Snapshot:
    """Return a snapshot in which what people declared is the province's word."""
    assert shot.rehearsal is not None
    played = replace(shot.rehearsal.exercise, author="Province")
    marks = tuple(replace(mark, author="Province") for mark in shot.marks)
    rehearsal = replace(shot.rehearsal, exercise=played)
    return replace(shot, marks=marks, rehearsal=rehearsal)


def pictures(age_s: float) -> Iterator[tuple[str, msgspec.Struct]]:
    """Yield answers of `sites`, of all sites and of one."""
    hit = [
        site(name, lost("sms", "carrier:a"), fallen("carrier:a"), line(None))
        for name in "ab"
    ]
    view = picture(*hit, site("c", good("sms"), line("sms"), at=(50.5, 5.9)))
    reach = reach_table(view.sites)
    yield "sites", sites.answer(view, age_s, "nl", hub=None, reach=reach)
    hub = HubAnswer(
        connected=False,
        since=iso(view.at),
        reason=Reason.REFUSED,
        own_link=Link.OK,
        waiting=3,
        doubled=iso(view.at),
        cut=2,
    )
    yield "sites", sites.answer(view, age_s, "de", hub=hub, site="a")
    yield "sites", sites.answer(view, age_s, "de", hub=hub, orders=[HANDED_DOWN])


def reports() -> Iterator[tuple[str, msgspec.Struct]]:
    """Yield answers of `sheet --report`."""
    for shot in (replace(town_statements.ending(), reports=silent().reports), silent()):
        yield "sheet", report.answer(Localizer(shot, "nl"), "authority")


def answers() -> Iterator[tuple[str, msgspec.Struct]]:
    """Yield answers of every command whose answers are made here, and its name."""
    for shot in shots():
        yield "check", check.answer(shot, "nl")
        for age_s in (4.0, 400.0, inf):
            yield "status", status.answer(shot, age_s, "fr", [HANDED_DOWN])
            yield "watch", watch.answer(shot, age_s, "fr")
            said = tuple(map(recommend.announcement, announcements(shot, "de")))
            told = recommend.answer(shot, age_s, "de")
            seen_of_us = self_check.SelfView(snapshot=shot, age_s=age_s)
            yield "self-check", self_check.answer(seen_of_us, "nl")
            yield "recommend", replace(told, announcements=said)
            yield from pictures(age_s)
            yield "demo", told
    config, now = load(str(REFERENCE)), datetime(2026, 11, 24, 2, 14, 7, 5, UTC)
    trials = {
        name: Trial(channel=name, worked=False, by="Anne", at=moment(0.5))
        for name in config.channels
    }
    for tried in ({}, trials):
        found = audit(config, now=now, trials=tried)
        yield (
            "audit",
            audit_answer.answer(
                found,
                config,
                "en",
                now,
                outdated=("signal",),
                discontinued=("x",),
                in_clear=(OPEN,),
            ),
        )
    for until_s in (inf, 0.0):
        seen = whatif(config, FAILS, start=moment(0), until_s=until_s)
        yield (
            "whatif",
            whatif_answer.answer(
                config, FAILS, until_s, seen, town_statements.set_aside(), "en"
            ),
        )
    sent = sent_notices.informed()
    yield "notify", notify.answer(sent.targets, sent.notices, at=sent.at)
    yield from reports()
    played = replay(config, load_scenario("meta-2021-10-04"))
    yield "replay", replay_answer.answer(played, "fr")
    plan_of_a_site = load(FOLDER / "province" / "dison.yaml")
    moments = sites_played.play({"dison": plan_of_a_site}, played.scenario)
    yield "replay-sites", sites_replay.answer(played.scenario, moments, "fr")


OPEN = InClear(
    of="channel:mail",
    option="password",
    where="channels.mail.probes[0].password",
    line=7,
    column=9,
    host="mail.test",
    problem="unencrypted",
    mend="security: tls",
)
HANDED_DOWN = HandedDown(
    number=1,
    kind=OrderKind.MARK,
    what="power:grid down",
    author="Province de Liège",
    by="Ann",
    issued=moment(0),
    boot_id="boot",
    until=moment(60).utc,
    to=(
        Addressee(site="dison", progress=OrderProgress.AT_HUB, sequence=7),
        Addressee(site="spa", progress=OrderProgress.ANSWERED, outcome="taken"),
    ),
)


@pytest.fixture(scope="module")
def every() -> list[tuple[str, Any]]:
    return [(command, printed(answer)) for command, answer in answers()]


def test_every_answer_is_valid_by_the_schema_of_its_command(
    every: list[tuple[str, Any]],
) -> None:
    for command, answer in every:
        checker(command).validate(answer)

    assert {command for command, _ in every} == {
        *schema.ANSWERS,
    } - {"doctor", "journal", "kinds", "probes", "validate"}  # elsewhere


@pytest.mark.parametrize("command", schema.ANSWERS)
def test_each_schema_is_a_schema(command: str) -> None:
    checker(command).check_schema(schema.of(command))


@pytest.mark.parametrize("command", ["audit", "check", "recommend", "replay", "whatif"])
def test_without_any_of_its_keys_it_is_no_answer(
    command: str, every: list[tuple[str, Any]]
) -> None:
    answer = next(answer for name, answer in every if name == command)
    required = [key for key in answer if key not in ("announcements", "do_not_use")]

    for key in required:
        less = {name: value for name, value in answer.items() if name != key}
        assert not checker(command).is_valid(less), key


@pytest.mark.parametrize(
    ("command", "place", "wrong"),
    [
        ("check", ("channels", 0, "state"), "up"),
        ("check", ("channels", 0, "probes", 0, "latency_ms"), -1.0),
        ("status", ("channels", 0, "since"), 5),
        ("status", ("stale",), None),
        ("recommend", ("schema",), 2),
        ("recommend", ("recommendations", 0, "use", "tier"), "last"),
        ("recommend", ("recommendations", 0, "use", "may_need"), "power:grid"),
        ("recommend", ("announcements", 0, "length"), -1),
        ("recommend", ("words_lost",), "yes"),
        ("audit", ("world",), "as it is"),
        ("audit", ("tests", 0, "standing"), "soon"),
        ("audit", ("promises", 0, "confirm"), 0),
        ("audit", ("lines", 0, "independent_ways"), 1.5),
        ("whatif", ("steps", 0, "falls", 0, "after_s"), -1.0),
        ("whatif", ("steps", 0, "recommendations", 0, "left"), None),
        ("replay", ("timeline", 0, "minute"), "0:00"),
        ("replay", ("score", "changes"), -1),
    ],
)
def test_one_wrong_value_is_refused(
    command: str,
    place: tuple[str | int, ...],
    wrong: object,
    every: list[tuple[str, Any]],
) -> None:
    answer = deepcopy(next(found for name, found in every if name == command))
    into = answer
    for step in place[:-1]:
        into = into[step]
    into[place[-1]] = wrong

    assert not checker(command).is_valid(answer)


@pytest.mark.parametrize("command", ["audit", "check", "recommend"])
def test_a_key_that_is_new_is_welcome(
    command: str, every: list[tuple[str, Any]]
) -> None:
    answer = next(answer for name, answer in every if name == command)

    checker(command).validate({**answer, "added_in_2030": 1})


def of_all() -> Iterator[tuple[str, str, Any]]:
    """Yield each key of each answer, with the type that it is in."""
    for command, answer in schema.ANSWERS.items():
        whole = schema.of(command)
        for name, part in {**whole["$defs"], answer.__name__: whole}.items():
            for key, found in part.get("properties", {}).items():
                yield name, key, found


def test_every_key_of_an_answer_has_a_sentence() -> None:
    bare = {
        f"{name}.{key}" for name, key, found in of_all() if "description" not in found
    }

    assert bare == set(), "add them to cli/answer_keys.json"


def test_every_sentence_is_of_a_key_of_an_answer() -> None:
    known = set(schema.key_words())
    used = {f"{name}.{key}" for name, key, _ in of_all()} | {k for _, k, _ in of_all()}

    assert known - used == set(), "nothing has these keys in cli/answer_keys.json"


@pytest.mark.parametrize("command", schema.ANSWERS)
def test_the_schema_of_an_answer_has_a_name(command: str) -> None:
    found = schema.of(command)

    jsonschema.Draft202012Validator.check_schema(found)
    assert found["$id"] == f"urn:secours:schema:{command}:1"
