"""Edits of plans as people write them: what is not meant stays, byte for byte."""

import operator
import random
import re
import time
from collections.abc import Iterator
from functools import cache
from textwrap import indent
from typing import Any

import pytest
import yaml
from config.channel_pages import PAGES, block_of
from config.sample_plans import EVERYTHING
from msgspec.structs import replace
from soak import by_level
from sources import ROOT

from secours.config import BadConfig, starter
from secours.config.edit import spans
from secours.config.edit.edits import edited, with_offers
from secours.config.edit.people import offered
from secours.config.file import read
from secours.config.reader import document
from secours.core.audit.examination import PlanChange, examined, strength
from secours.languages import LANGUAGES
from secours.model.plan import Config
from secours.model.requests import (
    ChannelEdit,
    DeviceEdit,
    Edit,
    GroupEdit,
    LineEdit,
    SiteEdit,
)
from secours.model.sections.line import Line, Purpose

FILE = "probes.yaml"
KEPT = 0.3  # of the edits: the next ones build on them
EDITS = int(by_level(10, 50, 200))
HOSTILE = (
    *("", "no", "1e3", "012", "~", "- a", "a: b", "#", "x # y", "'", '"', "{", "]"),
    *("${MAIL}", "&a", "*a", "!t", "|", ">", "%", "@", "`", "\\", "a\nb", "\u2028"),
    *("\x07", "\ufeff", "🆘", "\x85", "<<", "---", "...", "é" * 500),
)


@cache
def plans() -> tuple[bytes, ...]:
    """Return thirty plans that load: examples, docs, first plans, odd layouts."""
    town = (ROOT / FILE).read_text("utf-8")
    found = [town, EVERYTHING, *map(starter.starter, LANGUAGES)]
    for page in sorted((ROOT / "docs").glob("*.md")):
        found += re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    mistakes = sorted(ROOT.glob("tests/mistakes/w*.yaml"))
    found += [file.read_text("utf-8") for file in mistakes]
    blocks = [indent(block_of(page), "  ") for page in sorted(PAGES)]
    found += [
        "channels:\n" + "# and\n".join(three)
        for three in zip(*[iter(blocks)] * 3, strict=False)
    ]
    made = [text.encode() for text in found if _loads(text.encode())][:26]
    made += [town.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + town.encode()]
    made += [town.rstrip("\n").encode(), found[2].rstrip("\n").encode()]
    return tuple(made)


def _loads(raw: bytes) -> bool:
    try:
        read(raw, FILE)
    except BadConfig:
        return False
    return True


def any_edit(rng: random.Random, plan: Config) -> Edit:
    """Make up an edit that a person might make of this plan."""
    words = rng.choice((*HOSTILE, "Salle B2", "SMS"))
    channel = rng.choice([*plan.channels, "fresh"])
    audience = rng.choice([*plan.audiences, "partners"])
    groups = (
        [g.name for g in plan.audiences[audience].groups]
        if audience in plan.audiences
        else []
    )
    lines = [(line.purpose, line.audience) for line in plan.plan]
    purpose, whom = rng.choice([*lines, ("alert", audience)])
    fit = [c.name for c in plan.channels.values() if purpose in c.purposes]
    values: dict[str, Any] = {
        "how": rng.choice([words, None]),
        "kind": rng.choice(["signal", "sip-trunk"]),
        "probes": [{"type": "sip", "host": "pbx.example.org", "port": 5060}],
    }
    kept = rng.sample([*values], rng.randint(1, 3))
    edits: list[Edit] = [
        SiteEdit(values={"name": words}),
        ChannelEdit(name=channel, values={key: values[key] for key in kept}),
        ChannelEdit(name=channel, values=None),
        GroupEdit(
            audience=audience,
            name=rng.choice([*groups, "night"]),
            values={"people": rng.randint(1, 99), "devices": ["mobile"]},
        ),
        GroupEdit(audience=audience, name=rng.choice([*groups, "x"]), values=None),
        DeviceEdit(name="mobile", values={"autonomy": "24h"}),
        DeviceEdit(name="horn", values={"label": words, "voice": ["power:grid"]}),
        DeviceEdit(name="horn", values=None),
        LineEdit(
            purpose=purpose,
            audience=whom,
            channels=tuple(rng.sample(fit, rng.randint(0, len(fit)))),
            values=rng.choice([{}, {"last_resort": words or "x"}]),
        ),
    ]
    return rng.choice(edits)


def extent(text: str, place: tuple[str | int, ...]) -> range:
    """Return the lines of an entry, from its key to the end of its last value."""
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    key = node
    for step in place:
        if isinstance(step, int):
            key, node = node.value[step], node.value[step]
        else:
            key, node = next((k, v) for k, v in node.value if k.value == step)
    return range(key.start_mark.line, _last(node) + 1)


def _last(node: Any) -> int:
    inner = node.value if isinstance(node.value, list) else []
    parts = [
        each
        for part in inner
        for each in (part if isinstance(part, tuple) else (part,))
    ]
    if not parts or node.flow_style:
        return int(node.end_mark.line)
    return max(map(_last, parts))


def not_there(edit: Edit) -> bool:
    """Tell whether an edit takes something out."""
    return edit.values is None or (isinstance(edit, LineEdit) and not edit.channels)


def place_of(plan: Config, edit: Edit) -> tuple[str | int, ...] | None:
    """Return the place of what is edited, None where it is new."""
    match edit:
        case SiteEdit():
            return (
                ("site",)
                if re.search(rb"^(\xef\xbb\xbf)?site:", plan.text, re.M)
                else None
            )
        case ChannelEdit(name=name):
            return ("channels", name) if name in plan.channels else None
        case DeviceEdit(name=name):
            written = document.plain(document.parse(plan.text)).get("devices") or {}
            return ("devices", name) if name in written else None
        case GroupEdit(audience=audience, name=name):
            found = plan.audiences.get(audience)
            there = found and name in {group.name for group in found.groups}
            return ("audiences", audience, "groups", name) if there else None
    keys = [(line.purpose, line.audience) for line in plan.plan]
    key = edit.purpose, edit.audience
    return ("plan", keys.index(key)) if key in keys else None


def check_lines(plan: Config, after: bytes, edit: Edit) -> None:
    """Hold all that changed to the entry, or to one place where it was added."""
    place = place_of(plan, edit)
    old = plan.text.decode("utf-8-sig").split("\n")
    new = after.decode("utf-8-sig").split("\n")
    same = list(map(operator.eq, old, new))
    first = same.index(False) if False in same else len(same)
    back = list(map(operator.eq, reversed(old[first:]), reversed(new[first:])))
    last = len(old) - (back.index(False) if False in back else len(back))
    lost = old[first:last]
    if place is None:
        assert len(lost) <= 1, (edit, lost)
        return
    lines = extent(plan.text.decode("utf-8-sig"), place)
    shift = first - lines.start  # the next entry may begin as this one
    assert not lost or (shift >= 0 and last - shift <= lines.stop), (edit, lost)
    shrinks = (
        edit.values is None or "probes" in edit.values or isinstance(edit, LineEdit)
    )
    own = [line for line in lost if line.lstrip().startswith("#")]
    assert shrinks or [line for line in own if line not in new] == []


@pytest.mark.parametrize("number", range(30))
def test_random_edits_keep_what_they_do_not_mean(number: int) -> None:
    raw, rng, done = plans()[number], random.Random(number), 0
    for _ in range(EDITS):
        before = read(raw, FILE)
        edit = any_edit(rng, before)
        try:
            made = edited(raw, FILE, [edit]).text
        except BadConfig as bad:  # with what `validate` says, or nothing is to go
            goes_nowhere = place_of(before, edit) is None and not_there(edit)
            assert ("not-there" in str(bad)) == goes_nowhere, edit  # noqa: PT017
            assert "by-hand" not in str(bad), edit  # noqa: PT017
            continue
        done += 1
        assert read(made, FILE).text == made
        check_lines(before, made, edit)
        raw = made if rng.random() < KEPT else raw

    assert done


def after(text: str, edit: Edit) -> str:
    """Return what an edit makes of the channels of a plan."""
    made = edited(f"channels:\n{text}".encode(), FILE, [edit]).text.decode()
    return made.removeprefix("channels:\n")


def test_an_edit_writes_a_channel_as_people_would() -> None:
    probe = {"type": "sip", "host": "pbx.example.org", "transport": "tcp"}
    values = {"kind": "sip-trunk", "how": "Dial 4711", "probes": [probe]}

    assert after(
        "  radio: {kind: radio-astrid} # B2\n", ChannelEdit(name="phone", values=values)
    ) == (
        "  radio: {kind: radio-astrid} # B2\n"
        "  phone:\n"
        "    kind: sip-trunk\n"
        '    how: "Dial 4711"\n'
        "    probes: [{type: sip, host: pbx.example.org, transport: tcp}]\n"
    )


def test_an_edit_changes_one_value_and_leaves_its_neighbours() -> None:
    edit = ChannelEdit(name="mail", values={"how": "crisis@example.org", "mind": None})

    assert after(
        "  mail: { kind: email-onprem,  how: 'x' , mind: y } # ours\n", edit
    ) == ("  mail: { kind: email-onprem,  how: crisis@example.org } # ours\n")


def test_a_line_keeps_its_tiers_where_as_many_channels_are_in_it() -> None:
    channels = "  a: {kind: signal}\n  b: {kind: teams}\nplan:\n"
    line = "  - {purpose: coordinate, audience: x, primary: a, emergency: [b]} # ours\n"
    edit = LineEdit(purpose="coordinate", audience="x", channels=("b", "a"))

    assert after(channels + line, edit) == channels + line.replace(
        "primary: a, emergency: [b]", "primary: b, emergency: [a]"
    )


@pytest.mark.parametrize(
    ("tiers", "longer"),
    [
        ("primary: [a, b]", "primary: [a, b], alternate: c"),
        ("primary: a, emergency: b", "primary: a, emergency: [b, c]"),
        ("primary: a, contingency: b", "primary: a, contingency: b, emergency: [c]"),
    ],
)
def test_a_channel_that_comes_last_leaves_the_tiers_of_others(
    tiers: str, longer: str
) -> None:
    channels = "  a: {kind: signal}\n  b: {kind: teams}\n  c: {kind: xmpp}\nplan:\n"
    line = f"  - {{purpose: coordinate, audience: x, {tiers}}} # ours\n"
    edit = LineEdit(purpose="coordinate", audience="x", channels=("a", "b", "c"))

    assert after(channels + line, edit) == channels + line.replace(tiers, longer)


@pytest.mark.parametrize(
    ("plan", "edit", "slug"),
    [
        (
            "  a: {kind: signal}\n",
            ChannelEdit(name="a", values={"kind": "signl"}),
            "plan.no-such.kind",
        ),
        (
            "  a: {kind: signal}\n",
            ChannelEdit(name="a", values=None),
            "plan.no-channel",
        ),
        (
            "  a: {kind: signal}\n",
            ChannelEdit(name="b", values=None),
            "plan.edit.not-there",
        ),
        ("  a: {kind: signal}\n", ChannelEdit(name="x/y", values={}), "plan.must-be"),
        (
            "  a: &a {kind: signal}\n  b: *a\n",
            ChannelEdit(name="b", values={"how": "x"}),
            "plan.edit.by-hand",
        ),
        (
            "  a: {kind: signal\n",
            ChannelEdit(name="a", values={"how": "x"}),
            "plan.yaml.bracket-open",
        ),
    ],
)
def test_an_edit_that_makes_no_plan_is_refused_in_words(
    plan: str, edit: Edit, slug: str
) -> None:
    with pytest.raises(BadConfig) as refused:
        after(plan, edit)

    assert slug in str(refused.value)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_data(words: str) -> None:
    made = spans.put("a:\n  b: 1 # one\nc: [x]\n", ("a", f"k{words}"), {"c": [words]})
    made = spans.put(made, ("c", 1), words)

    assert made.startswith("a:\n  b: 1 # one\n  ")
    assert document.plain(document.parse(made.encode())) == {
        "a": {"b": 1, f"k{words}": {"c": [words]}},
        "c": ["x", words],
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{x: 1, # one\n gone: 2, # two\n y: 3}", "{x: 1, # one\n # two\n y: 3}"),
        ("{x: 1, # one\n gone: 2 # two\n}", "{x: 1 # one\n  # two\n}"),
        ("{gone: 1,\n x: 2,}", "{\n x: 2,}"),
        ("\n  gone: 1 # one\n  # two\n  x: 2", "\n  # two\n  x: 2"),
        ("\n  x: 1\n  gone: |\n    a\n\n    b\n\n# end", "\n  x: 1\n\n# end"),
        ("\n- gone: 1\n  x: 2", "\n- x: 2"),
        ("\r\n  gone: 1\r\n  x: 2", "\r\n  x: 2"),
        ("\n  gone: 1", "\n  {}"),
    ],
)
def test_what_is_taken_out_leaves_all_around_it(before: str, after: str) -> None:
    place = ("a", 0, "gone") if "- " in before else ("a", "gone")

    assert spans.removed(f"a: {before}\n", place) == f"a: {after}\n"


@pytest.mark.parametrize(
    ("left", "after"),
    [
        (["a", "c"], "- a # one\n- c # three\n"),
        (["c"], "- c # three\n"),
        (["c", "a"], "- c # one\n- a # two\n"),
        (["a", "c", "d"], "- a # one\n- c # two\n- d # three\n"),
    ],
)
def test_what_leaves_a_list_takes_its_own_comment_along(
    left: list[str], after: str
) -> None:
    made = spans.put("x:\n- a # one\n- b # two\n- c # three\n", ("x",), left)

    assert made == f"x:\n{after}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# only this", "# only this\na: {new: 1}\n"),
        ("a:", "a:\n  new: 1\n"),
        ("a: {} # ours\nb: 1", "a: # ours\n  new: 1\nb: 1"),
        ("a: # ours\n\nb: 1\n", "a: # ours\n  new: 1\n\nb: 1\n"),
        (
            "a:\n    x: 1 # one\n  # end\nb: 1",
            "a:\n    x: 1 # one\n    new: 1\n  # end\nb: 1",
        ),
        ("a:\r\n  x: 1\r\n", "a:\r\n  x: 1\r\n  new: 1\r\n"),
        ("a: {x: 1 # one\n }\n", "a: {x: 1, new: 1 # one\n }\n"),
        ("{a: {x: [1]}}\n", "{a: {x: [1], new: 1}}\n"),
        ("a:\n  x: >\n    long\n\nb: 1\n", "a:\n  x: >\n    long\n  new: 1\n\nb: 1\n"),
        ("a:\n  new: 2 # two\n", "a:\n  new: 1 # two\n"),
    ],
)
def test_what_is_added_leaves_all_around_it(before: str, after: str) -> None:
    made = spans.put(before, ("a", "new"), 1)

    assert made in (after, f"{after}\n")
    assert spans.put(made, ("a", "new"), 1) == made


@pytest.mark.parametrize("wrong", ["3", "[3]", "{staff: 3}", "{x: [3]}"])
@pytest.mark.parametrize(
    "edit",
    [
        SiteEdit(values={"name": "x"}),
        ChannelEdit(name="x", values={"how": "x"}),
        GroupEdit(audience="staff", name="x", values={"people": 3}),
        DeviceEdit(name="x", values=None),
        LineEdit(purpose="alert", audience="staff", channels=("a",)),
        LineEdit(purpose="alert", audience="staff", channels=()),
    ],
)
def test_an_edit_of_a_section_of_another_form_is_refused(
    edit: Edit, wrong: str
) -> None:
    sections = ("site", "channels", "audiences", "devices", "plan")
    plan = "".join(f"{each}: {wrong}\n" for each in sections)

    with pytest.raises(BadConfig):
        edited(plan.encode(), FILE, [edit])


def test_an_edit_that_would_mean_something_else_is_refused() -> None:
    hidden = "  a: {kind: signal} # x\u2028  c: {kind: teams}\n  b: {kind: signal}\n"

    with pytest.raises(BadConfig, match="by-hand"):
        after(hidden, ChannelEdit(name="a", values=None))


def test_the_mark_at_the_beginning_of_a_file_stays() -> None:
    raw = b"\xef\xbb\xbfchannels: {a: {kind: signal}}\n"
    edit = ChannelEdit(name="a", values={"how": "x"})

    assert edited(raw, FILE, [edit]).text == raw.replace(b"signal}", b"signal, how: x}")


def needs(config: Config) -> dict[str, object]:
    return {name: owner.needs for name, owner in config.owners.items()}


def test_offers_are_kinds_that_the_plan_lacks_and_leave_all_else_as_it_was() -> None:
    config = read(plans()[0], FILE)

    offers = with_offers(config, FILE)

    more = offers.channels.keys() - config.channels.keys()
    assert {"satellite-messenger", "analog-radio", "starlink"} <= more
    # it has a pager; a courier needs nothing; the state runs the others
    assert not {"pager-astrid", "courier", "fr-alert", "emergency-call-112"} & more
    for each in plans():
        config = read(each, FILE)
        own, wide = needs(config), needs(with_offers(config, FILE))
        assert own == {name: wide[name] for name in own}


def test_offers_are_of_no_network_of_another_country() -> None:
    brussels = read(plans()[0], FILE)
    paris = read(plans()[0].replace(b"Europe/Brussels", b"Europe/Paris"), FILE)

    assert "regetel" in with_offers(brussels, FILE).channels
    more = with_offers(paris, FILE).channels.keys()
    assert "satellite-messenger" in more
    assert not {"regetel", "blue-light-mobile"} & more


def test_runners_are_offered_after_all_that_needs_something() -> None:
    kinds = "runner: {kind: courier}, mail: {kind: email-onprem}, radio: {kind: wire}"
    plan = read(f"channels: {{{kinds}}}\n".encode(), FILE)

    assert [*offered(plan, Purpose.COORDINATE, None)][-1] == "runner"


def as_edits(config: Config, line: Line, change: PlanChange) -> Iterator[Edit]:
    """Write a change that an examination proposes."""
    if change.channel and change.channel not in config.channels:
        yield ChannelEdit(name=change.channel, values={"kind": change.channel})
    if change.channel:
        names = (*(name for name, _ in line.order), change.channel)
        yield LineEdit(purpose=line.purpose, audience=line.audience, channels=names)
    if change.device:
        groups = config.audiences[line.audience].groups
        group = next(one for one in groups if one.name == change.group)
        values = {"devices": [*group.devices, change.device]}
        yield GroupEdit(audience=line.audience, name=group.name, values=values)


def test_effect_of_a_proposal_is_that_of_the_edited_text() -> None:
    made = 0
    for raw in plans():
        config = read(raw, FILE)
        found = examined(config, with_offers(config, FILE))
        for place, line in enumerate(config.plan):
            if proposal := found.lines[place].proposal:
                edits = as_edits(config, line, proposal.change)
                after = edited(raw, FILE, edits)
                assert strength(after, after.plan[place]) == proposal.after
                made += 1
    assert made > len(plans()) // 2


def test_offers_of_a_plan_without_a_text_are_none() -> None:
    config = replace(read(plans()[0], FILE), text=b"")

    assert with_offers(config, FILE) is config


def test_offers_are_made_to_a_plan_with_signs_of_any_alphabet() -> None:
    raw = "channels: {a: {kind: signal, label: '😀 été'}}\n".encode()

    offers = with_offers(read(raw, FILE), FILE)

    assert offers.channels["a"].label.in_("en") == "😀 été"
    assert "satellite-messenger" in offers.channels


def test_a_plan_that_takes_no_more_channels_gets_no_offers() -> None:
    own = "a: {kind: signal, was: satellite-messenger}"
    config = read(f"channels: {{{own}}}\n".encode(), FILE)

    assert with_offers(config, FILE) is config


def test_examination_of_the_example_keeps_up_with_the_answers_of_a_form() -> None:
    config = read(plans()[0], FILE)
    times_s = []
    for _ in range(3):
        began_s = time.process_time()
        examined(config, with_offers(config, FILE))
        times_s.append(time.process_time() - began_s)

    assert min(times_s) < 1.0
