from pathlib import Path

import pytest
from config.plan_files import advice, mistakes, read

from secours.cli import plan_file
from secours.cli.plan_file import advice_words
from secours.config.advice import warnings


def of(folder: Path, text: str) -> list[str]:
    return advice(read(folder, text))


PROBE = "depends_on: [], probes: [{type: smtp, host: h}]"


def test_timeout_that_ends_a_test_while_it_may_wait_is_unwise(tmp_path: Path) -> None:
    ends = """from: {port: /dev/ttyUSB2, number: "+32470000001"},
        to: {port: /dev/ttyUSB3, number: "+32470000002"}"""
    probe = "{type: call_roundtrip, " + ends + ", timeout: %s}"
    text = "channels: {a: {depends_on: [], probes: [" + probe + "]}}"

    assert of(tmp_path, text % "31s") == []
    (said,) = of(tmp_path, text % "30s")
    assert said.startswith("channels/a/call_roundtrip: 'timeout' ends the test before")


def test_what_is_stale_before_its_next_test_is_unwise(tmp_path: Path) -> None:
    probe = "{type: smtp, host: h, interval: 60s, stale_after: %s}"
    text = "channels: {a: {depends_on: [], probes: [" + probe + "]}}"

    assert of(tmp_path, text % "60s") == []
    (said,) = of(tmp_path, text % "20s")
    assert said.startswith("channels/a/smtp: is unknown from 20s after a test until")


UPS = "probes: [{type: nut, host: h, ups: it%s}]"
OWN_BATTERY = {
    "site": "power:site: {depends_on: [power:grid], autonomy: 1h, " + UPS % "" + "}",
    "measured": "power:ups: {depends_on: [power:grid], "
    "autonomy: {from: nut, declared: 1h}, " + UPS % "" + "}\n"
    "  site:it: {depends_on: [power:ups], autonomy: 1h}",
    "desk": "site:it: {depends_on: [power:grid], autonomy: 1h, " + UPS % "" + "}",
}
NOT_ITS_OWN = {
    "feed": "power:feed: {depends_on: [power:grid], " + UPS % "" + "}\n"
    "  power:site: {depends_on: [power:feed], autonomy: {from: nut, declared: 30m}}",
    "generator": "power:feed: {depends_on: [power:grid], autonomy: 8h, "
    + UPS % ""
    + "}\n  power:site: {depends_on: [power:feed], autonomy: 30m}",
    "optional": "power:site: {depends_on: [power:grid], autonomy: 1h, "
    + UPS % ", required: false"
    + "}",
    "no battery": "power:ups: {depends_on: [power:grid], " + UPS % "" + "}",
}


def of_ups(folder: Path, part: str) -> list[str]:
    mail = "channels: {mail: {depends_on: []}}"
    return [w for w in of(folder, f"components:\n  {part}\n{mail}\n") if "UPS" in w]


@pytest.mark.parametrize("part", OWN_BATTERY.values(), ids=OWN_BATTERY.keys())
def test_ups_that_takes_down_what_lives_on_it_is_to_go_to_the_mains(
    tmp_path: Path, part: str
) -> None:
    (said,) = of_ups(tmp_path, part)

    assert "put the probe under power:feed" in said


@pytest.mark.parametrize("part", NOT_ITS_OWN.values(), ids=NOT_ITS_OWN.keys())
def test_ups_that_tells_of_the_mains_is_wise(tmp_path: Path, part: str) -> None:
    assert of_ups(tmp_path, part) == []


@pytest.mark.parametrize(
    ("probing", "timeout", "warned"),
    [
        ("timeout: 5s", "", True),
        ("timeout: 10s", "", True),
        ("timeout: 60s", "", False),
        ("timeout: 5m", "", False),
        ("interval: 60s", "", False),
        ("timeout: 5s", ", timeout: 60s", False),
        ("timeout: 5s", ", timeout: 90s", False),
    ],
)
def test_a_timeout_of_probing_that_bounds_no_round_trip_is_said(
    tmp_path: Path, probing: str, timeout: str, warned: bool
) -> None:
    text = f"""\
probing: {{{probing}}}
channels:
  a:
    depends_on: []
    probes:
      - {{type: tls, host: h}}
      - {{type: signal, base_url: 'http://h', number: '+32470000001',
         to: '+32470000002'{timeout}}}
"""
    about = "channels/a/signal"
    found = [each for each in warnings(read(tmp_path, text)) if each.where == about]
    (own,) = [p for p in read(tmp_path, text).probes() if p.type == "signal"]

    assert [each.line for each in found] == ([3] if warned else [])
    if warned:
        words = advice_words(found[0], "en")
        assert own.timeout_s == 60.0
        assert "'probing.timeout' (" in words
        assert "its type may take 1m;" in words


def test_a_path_without_references_is_unknown(tmp_path: Path) -> None:
    text = f"channels: {{a: {{{PROBE}}}}}\npaths: {{lan: {{}}}}"

    (said,) = of(tmp_path, text)
    assert said.startswith("paths.lan: unknown path: without 'references'")


def test_a_reference_that_a_captive_portal_answers_counts_for_nothing(
    tmp_path: Path,
) -> None:
    text = f"""\
channels: {{a: {{{PROBE}}}}}
paths:
  lan:
    references:
      - {{type: tls, host: a.invalid}}
      - {{type: dns, name: b.invalid, expect: 192.0.2.1}}
      - {{type: http, url: 'https://c.invalid'}}
      - {{type: http, name: plain, url: 'http://c.invalid'}}
      - {{type: tls, name: blind, host: a.invalid, verify: false}}
      - {{type: dns, name: d.invalid}}
      - {{type: tcp, host: a.invalid, port: 1}}
"""
    told = [said for said in of(tmp_path, text) if said.startswith("paths.lan: ref")]
    assert [said.split("'")[1] for said in told] == [
        "plain",
        "blind",
        "d.invalid",
        "tcp",
    ]


def test_a_pattern_that_re2_refuses_is_unwise_and_said_with_its_place(
    tmp_path: Path,
) -> None:
    text = """\
channels:
  a:
    depends_on: []
    probes:
      - {type: tcp, host: h, port: 1, expect: '^220 '}
      - {type: udp, host: h, port: 1, expect: '(a)b\\1'}
      - {type: snmp, host: h, community: c, checks: [{oid: 1.3.6, expect: 'a(?=b)'}]}
"""
    udp, snmp = of(tmp_path, text)

    assert udp.startswith("channels/a/udp: expect is searched for in a process")
    assert snmp.startswith("channels/a/snmp: checks[0].expect is searched for in a")


def test_a_secret_in_clear_is_named_and_never_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "other")
    text = """\
channels:
  a:
    depends_on: []
    probes:
      - {type: http, url: 'https://u:hush@h/?key=hush&page=2&secret=${TOKEN}'}
      - type: http
        name: headers
        url: https://u:${TOKEN}@h
        headers:
          Authorization: Bearer hush
          Cookie: a=${TOKEN}
          X-Api-Key: hush
          X-Token: ${TOKEN}
          Accept: text/html
        body: '{"password": "hush", "name": "probe"}'
      - {type: plugin, command: [x], env: {API_TOKEN: hush, KEY: '${TOKEN}', N: '5'}}
"""

    told = of(tmp_path, text)

    named = [
        said.split(" holds a secret in clear")[0].split(": ", 1)[1] for said in told
    ]
    assert named == [
        "url: password",
        "url: key",
        "headers.Authorization",
        "headers.X-Api-Key",
        "body: password",
        "env.API_TOKEN",
    ]
    assert "hush" not in "".join(told)


def test_a_secret_that_is_coded_in_its_file_does_not_stand_in_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODED", "a%2Fb%3D")
    url = "https://u:${CODED}@h/?sig=${CODED}&token=a%2Fc"
    web = f"depends_on: [], probes: [{{type: http, url: '{url}'}}]"

    (said,) = of(tmp_path, f"channels: {{a: {{{web}}}}}")
    assert "url: token" in said


def test_one_reference_is_not_enough(tmp_path: Path) -> None:
    text = f"""\
channels: {{a: {{{PROBE}}}}}
paths: {{lan: {{references: [{{type: tls, host: a.invalid}}]}}}}
"""
    (said,) = of(tmp_path, text)
    assert said.startswith("paths.lan: one more reference is wanted")


def test_a_channel_of_the_plan_is_probed_or_tested(tmp_path: Path) -> None:
    text = f"""\
channels:
  probed: {{purposes: [alert], {PROBE}}}
  tested: {{purposes: [alert], depends_on: [], test: {{every: 7d}}}}
  neither: {{purposes: [alert], depends_on: []}}
  pager: {{kind: pager-astrid}}
  spare: {{depends_on: []}}
plan:
  - purpose: alert
    audience: x
    primary: [probed, tested, neither, pager]
    last_resort: y
"""
    neither, pager, spare = of(tmp_path, text)
    assert neither == (
        "channels.neither: neither probed nor tested by people: add 'probes', "
        "or 'test: {every: 7d}'"
    )
    assert "pager: neither probed nor tested by people: try a test page" in pager
    assert spare.startswith("channels.spare: it is in no line of the plan, and nothing")


def test_a_line_ends_in_a_last_resort(tmp_path: Path) -> None:
    text = f"""\
channels: {{a: {{purposes: [alert], {PROBE}, reaches: {{staf: 1}}}}}}
plan: [{{purpose: alert, audience: staff, primary: a}}]
"""
    assert of(tmp_path, text) == [
        "channels.a: reaches 'staf', for whom the plan has no line",
        "plan[0]: no last_resort: say what to do when no channel is left",
    ]


def test_an_operator_the_site_does_not_have_is_asked_about(tmp_path: Path) -> None:
    text = """\
site: {access: {mobile: [carrier:x]}}
components: {carrier:x: {}}
channels: {sms: {kind: sms-operator-a}}
"""
    (said,) = of(tmp_path, text)
    assert said.startswith("channels.sms: 'sms-operator-a' needs carrier:mobile-a")


def test_a_missing_secret_is_told_once_and_stops_nothing(tmp_path: Path) -> None:
    text = """\
channels:
  a:
    depends_on: []
    probes: [{type: http, url: 'https://h/${NOT_SET}', headers: {A: '${NOT_SET}'}}]
"""
    assert of(tmp_path, text) == [
        "channels/a/http: environment variable NOT_SET is not set; its result will be "
        "unknown"
    ]


ANSWERED = """\
channels:
  sms:
    depends_on: []
    probes: [{type: modem, port: /dev/ttyUSB2, answers: true}]
notify:
  to: {anne: {targets: [it]}}
  targets: {it: %s}
"""


def test_answers_that_nobody_can_give_are_unwise(tmp_path: Path) -> None:
    by_mail = of(tmp_path, ANSWERED % "{url: 'ntfys://h/t', depends_on: []}")
    by_text = of(tmp_path, ANSWERED % "{through: sms, to: '+32475123456'}")

    assert by_mail == [
        "channels/sms/modem: nobody can answer: no recipient of notices is told over a"
        " modem or an SMS gateway: leave out 'answers', or add such a target"
    ]
    assert by_text == []


# ------------------------------------------------------------------ what changes rank


def test_a_channel_that_declares_nothing_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = """\
channels:
  mail: {kind: email-onprem, probes: [{type: smtp, host: h}]}
  radio: {test: {every: 7d}}
  runner: {depends_on: [], test: {every: 7d}}
plan: [{purpose: coordinate, audience: all, primary: mail, last_resort: Walk}]
"""
    config = read(tmp_path, text)

    said, _no_groups = warnings(config)

    words = advice_words(said, "en")
    assert said.line == 3
    assert words == (
        "channels.radio: what it needs is not known: it is nobody's independent "
        "backup, and while anything is down or distrusted it is unverified and ranks "
        "after the others: write its 'kind' or 'depends_on', [] if it needs nothing"
    )
    plan_file.warn("p.yaml", config)
    first, _ = capsys.readouterr().err.splitlines()
    assert first == f"p.yaml:3: warning: {words}"


@pytest.mark.parametrize(
    ("probes", "why"),
    [
        ("{type: smtp, host: h, required: false}", "its probes are all optional"),
        ("{type: icmp, host: h}", "its probes show at most that something answers"),
    ],
)
def test_a_channel_that_is_never_proven_is_named_with_its_line(
    tmp_path: Path, probes: str, why: str
) -> None:
    text = f"channels:\n  x: {{depends_on: [], probes: [{probes}]}}\n"

    said, _no_plan = warnings(read(tmp_path, text))

    assert said.line == 2
    assert advice_words(said, "en") == (
        f"channels.x: {why}: it is unknown, 'unproven', and ranks so until people try "
        "it and log that: secours test x ok --by NAME"
    )


def test_a_command_that_is_printed_names_a_channel_as_a_shell_takes_it(
    tmp_path: Path,
) -> None:
    probes = "probes: [{type: icmp, host: h}]"
    text = f"channels:\n  'a $(b) & c': {{depends_on: [], {probes}}}\n"

    said, _no_plan = warnings(read(tmp_path, text))

    words = advice_words(said, "en")
    assert words.endswith(": secours test 'a $(b) & c' ok --by NAME")


def test_each_warning_knows_its_line(tmp_path: Path) -> None:
    text = f"""\
paths:
  lan: {{}}
channels:
  a.b:
    {{purposes: [alert], {PROBE}, reaches: {{staf: 1}}}}
  c: {{kind: teams, probes: [{{type: http, url: "https://h/${{NOT_SET}}"}}]}}
plan:
  - {{purpose: alert, audience: staff, primary: a.b}}
"""
    said = warnings(read(tmp_path, text))

    assert [(each.where, each.line) for each in said] == [
        ("paths.lan", 2),
        ("channels.a.b", 4),
        ("plan[0]", 8),
        ("channels/c/http", 6),
        ("plan[0].audience", 8),
    ]


FAR = """\
screen: {{distance_m: {distance}, width_mm: {width}}}
channels:
  a: {{purposes: [alert, coordinate], {probe}, how: "{how}"}}
plan:
  - {{purpose: alert, audience: staff, primary: a, last_resort: "Send a runner."}}
  - {{purpose: coordinate, audience: staff, primary: a, last_resort: "Meet."}}
"""


def far(distance: float, width: int = 1210, how: str = "Dial 4711") -> str:
    return FAR.format(distance=distance, width=width, probe=PROBE, how=how)


def test_how_to_use_a_channel_fits_a_row_of_the_wall(tmp_path: Path) -> None:
    assert of(tmp_path, far(5, how="x" * 34)) == []
    assert of(tmp_path, far(5, how="x" * 35)) == [
        "channels.a: 35 characters: at 5 m a row of the wall holds 34, the rest goes on"
        " the next row and may be set smaller"
    ]
    *_, said = of(tmp_path, far(8, how="x" * 60))
    assert "at 8 m a row of the wall holds 48," in said


def named(*channels: str) -> str:
    """Write a plan whose lines name channels."""
    names = [channel.partition(":")[0] for channel in channels]
    entries = "".join(
        f"  {name}: {{{channel.partition(':')[2]}, {PROBE}}}\n"
        for name, channel in zip(names, channels, strict=True)
    )
    return (
        f"channels:\n{entries}plan:\n  - {{purpose: alert, audience: staff, "
        f"primary: {names}, last_resort: Walk}}\n"
    )


def test_name_too_long_for_the_wall_wants_a_short_name(tmp_path: Path) -> None:
    said = (
        "channels.a: its name has 18 characters: in large letters the wall holds 17:"
        " add a 'short_name'"
    )
    alert, phone = "purposes: [alert]", "kind: sip-trunk"

    assert of(tmp_path, named(f"a: {alert}, label: {'x' * 17}")) == []
    assert of(tmp_path, named(f"a: {alert}, label: {'x' * 18}")) == [said]
    assert of(tmp_path, named(f"a: {alert}, label: {{fr: {'x' * 18}, en: x}}")) == [
        said
    ]
    assert (
        of(tmp_path, named(f"a: {alert}, label: {'x' * 18}, short_name: {'x' * 17}"))
        == []
    )
    assert of(tmp_path, named(f"a: {phone}, label: {'x' * 18}")) == [
        f"{said}, such as 'IP telephone'"
    ]
    assert of(
        tmp_path, named(f"a: {phone}, label: {'x' * 18}", f"b: {phone}, label: B")
    ) == [said]


@pytest.mark.parametrize(
    ("label", "such"),
    [
        ("Téléphone fixe de la salle de crise", "Téléphone fixe"),
        ("Telephone of the room", "Telephone"),
        ("Alarmierungstelefon West", "IP telephone"),  # its first word is too long
        (
            "Radio of Neustadt-an-der-Weinstrasse",
            "IP telephone",
        ),  # another is called so
    ],
)
def test_short_name_that_is_suggested_is_the_labels_own_words(
    tmp_path: Path, label: str, such: str
) -> None:
    a = f"a: kind: sip-trunk, label: {label}"

    (said,) = of(tmp_path, named(a, "b: purposes: [alert], label: Radio"))

    assert said.endswith(f"such as '{such}'")


def test_a_screen_that_is_too_small_for_two_lines_is_named(tmp_path: Path) -> None:
    assert of(tmp_path, far(5)) == []
    assert of(tmp_path, far(5, width=1660)) == []
    assert of(tmp_path, far(8)) == [
        "screen.distance_m: at 8 m a screen of 1210 mm shows one line of the plan at a"
        " time: two want 1929 mm of width, or readers at 5 m at most"
    ]
    assert of(tmp_path, far(8, width=1930)) == []


def test_from_beyond_what_any_type_serves_the_screen_that_would_do_is_named(
    tmp_path: Path,
) -> None:
    one_line = far(10).rpartition("  - {")[0]
    said = (
        "screen.distance_m: at 10 m everything is too small on a screen of 1210 mm,"
        " even one line of the plan: it wants 1493 mm of width, or readers at 8 m at"
        " most"
    )
    assert of(tmp_path, far(10)) == of(tmp_path, one_line) == [said]
    assert of(tmp_path, far(8).rpartition("  - {")[0]) == []


def test_how_to_use_a_channel_is_never_longer_than_a_wall_can_say(
    tmp_path: Path,
) -> None:
    read(tmp_path, far(5, how="x" * 160))

    (said,) = mistakes(tmp_path, far(5, how="x" * 161))
    assert "161 characters, more than 160" in said


@pytest.mark.parametrize(
    "text",
    [
        "channels: {a: {label: %s}}",
        "channels: {a: {label: {fr: %s}}}",
        "{site: {name: %s}, channels: {a: {}}}",
        "{channels: {a: {}}, devices: {b: {label: %s, voice: []}}}",
        "{channels: {a: {purposes: [alert]}},"
        " plan: [{purpose: alert, audience: x, primary: a, last_resort: %s}]}",
    ],
)
def test_a_text_for_people_is_bounded(tmp_path: Path, text: str) -> None:
    read(tmp_path, text % ("x" * 1000))

    (said,) = mistakes(tmp_path, text % ("x" * 1001))
    assert said.endswith(": 1001 characters, more than 1000: write it shorter")
