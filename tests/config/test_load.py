import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from config.plan_files import TWO_CHANNELS, mistakes, read
from config.sample_plans import EVERYTHING, LARGE, TEN

from secours.config import BadConfig, load
from secours.languages import Text
from secours.model.plan import Config
from secours.model.sections.channel import MaintenanceWindow
from secours.model.sections.line import Line, Purpose, Tier
from secours.model.sections.site import Retention, Screen, Site
from secours.render.wording.mistakes import Mistake, worded


def test_everything_a_plan_may_say_is_read(tmp_path: Path) -> None:
    config = read(tmp_path, EVERYTHING)

    assert config.example
    assert config.site == Site(
        name=Text(translations={"fr": "Mairie", "nl": "Gemeentehuis"}),
        language="fr",
        timezone="Europe/Brussels",
        access={"internet": ("internet:fibre",), "mobile": ("carrier:x",)},
    )
    assert config.screen == Screen(
        max_age_s=15, distance_m=8, width_mm=1650.5, layout="bands", theme="light"
    )
    assert config.retention == Retention(raw_s=86_400, journal_s=31_536_000)
    assert config.failback_after_s == 120
    assert config.paths["lan"].source == "127.0.0.1"
    assert config.paths["lan"].needs == (("internet:fibre",),)
    assert config.paths["4g"].interface == "wwan0"
    assert config.plan == (
        Line(
            purpose=Purpose.ALERT,
            audience="staff",
            tiers=((Tier.PRIMARY, ("112",)), (Tier.EMERGENCY, ("radio",))),
            require=("e2e",),
            last_resort=Text(translations={"fr": "Envoyer quelqu'un"}),
        ),
    )


def test_everything_a_channel_may_say_is_read(tmp_path: Path) -> None:
    channel = read(tmp_path, EVERYTHING).channels["112"]

    assert channel.label == Text("112")
    assert channel.short_name.in_("fr") == "Appel"
    assert channel.how == Text("Composer")
    assert channel.purposes == {Purpose.ALERT}
    assert channel.needs == (("power:grid",), ("internet:fibre", "carrier:x"))
    assert (channel.autonomy_s, channel.test_every_s) == (3600, 604_800)
    assert channel.traits == {
        "e2e": "yes",
        "managed": "yes",
        "sla": "no",
        "gdpr": "optional",
        "patients": "yes",
    }
    assert channel.reaches == {"staff": 0.8}
    assert channel.maintenance == (
        MaintenanceWindow(
            start=datetime(2026, 12, 1, 21, tzinfo=UTC),
            end=datetime(2026, 12, 1, 22, tzinfo=UTC),
            why=Text("Relève"),
        ),
    )


def test_components_are_read_in_the_order_of_the_file(tmp_path: Path) -> None:
    components = read(tmp_path, EVERYTHING).components

    assert list(components) == ["power:grid", "internet:fibre", "carrier:x"]
    assert components["internet:fibre"].needs == (("power:grid",),)
    assert components["internet:fibre"].autonomy_s == 7200
    assert components["carrier:x"].label == Text("carrier:x")
    assert components["carrier:x"].prior is not None


def test_channels_alone_are_a_plan_to_check(tmp_path: Path) -> None:
    config = read(tmp_path, "channels: {a: {probes: [{type: tcp, host: h, port: 1}]}}")

    assert config.site == Site(speaks_to_each=True)
    assert config.channels["a"].label == config.channels["a"].short_name == Text("a")
    assert (config.plan, config.components, config.example) == ((), {}, False)


def test_the_version_is_a_digest_of_the_file(tmp_path: Path) -> None:
    digest = hashlib.sha256(TWO_CHANNELS.encode()).hexdigest()

    assert read(tmp_path, TWO_CHANNELS).version == digest[:8]
    assert read(tmp_path, TWO_CHANNELS + "#").version != digest[:8]


def test_a_large_plan_with_aliases_loads(tmp_path: Path) -> None:
    config = read(tmp_path, LARGE)

    ways = ("internet:isp", "carrier:mobile-a")
    assert config.channels["messenger"].needs == (("provider:meta",), ways)
    assert config.components["carrier:mobile-a"].needs == (
        ("carrier:core-a",),
        ("power:grid",),
    )
    assert config.components["internet:isp"].needs == ()


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    gone = tmp_path / "gone.yaml"
    with pytest.raises(BadConfig) as bad:
        load(gone)

    said = worded(bad.value.mistakes, "en")
    assert said == (
        Mistake(
            str(gone),
            1,
            1,
            "",
            "there is no such file: 'secours init' writes a first one",
        ),
    )
    assert str(said[0]).startswith(f"{gone}:1:1: there is no such file")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadConfig) as bad:
        load(tmp_path)

    (said,) = worded(bad.value.mistakes, "en")
    assert said.message == "is a folder: name the file in it"


NO_KEYS = (
    "1:1: this is no plan: a plan begins with keys such as 'site:' and 'channels:', "
    "each at the beginning of a line, and 'secours init' writes a first one"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["1:1: the file is empty: 'secours init' writes a first one"]),
        ("- a", [NO_KEYS]),
        ("hello", [NO_KEYS]),
        ("site: {}", ["1:1: 'channels' is missing"]),
        ("channels: {}", ["1:11: channels: there is no channel: write at least one"]),
        ("channels:", ["1:10: channels: there is no channel: write at least one"]),
        (
            "channels: [a]",
            ["1:11: channels: must be a mapping (key: value), not a list"],
        ),
        (
            "chanels: {a: {}}",
            [
                "1:1: chanels: unknown key 'chanels': did you mean 'channels'?",
            ],
        ),
        (
            "channels: {a: {}, a/b: {}}",
            [
                "1:19: channels.a/b: must be a name of at most 253 characters without "
                "'/' or invisible ones, not 'a/b'"
            ],
        ),
        (
            "channels: {a: {label: {fr: x, es: y}}}",
            ["1:31: channels.a.label.es: unknown key 'es': one of: fr, nl, de, en"],
        ),
        (
            "channels: {a: {label: true}}",
            [
                "1:23: channels.a.label: must be text, or text by language: "
                "{fr: …, nl: …}: put true in quotes"
            ],
        ),
        (
            "channels: {a: {reaches: {staff: 80}}}",
            ["1:33: channels.a.reaches.staff: must be a share from 0 to 1, not '80'"],
        ),
        (
            "channels: {a: {traits: {e2ee: yes}}}",
            ["1:25: channels.a.traits.e2ee: no such trait 'e2ee': did you mean 'e2e'?"],
        ),
        (
            "channels: {a: {traits: {e2e: maybe}}}",
            [
                "1:30: channels.a.traits.e2e: must be one of yes, no, optional, "
                "unknown, not 'maybe': did you mean 'optional'?"
            ],
        ),
        (
            "channels: {a: {}}\nsite: {timezone: Europe/Bruxelles}",
            [
                "2:18: site.timezone: no such time zone 'Europe/Bruxelles': did you "
                "mean 'Europe/Brussels'?"
            ],
        ),
        (
            "channels: {a: {}}\nscreen: {distance_m: 0, layout: column}",
            [
                "2:22: screen.distance_m: must be a number above 0, not '0'",
                "2:33: screen.layout: must be one of columns, bands, not 'column': "
                "did you mean 'columns'?",
            ],
        ),
        (
            "channels: {a: {}}\npaths: {x: {source: 1.2.3, interface: a b}}",
            [
                "2:21: paths.x.source: must be an IP address, not '1.2.3'",
                "2:39: paths.x.interface: must be the name of a network interface, "
                "not 'a b'",
            ],
        ),
        (
            "channels: {a: {}}\nprobing: {interval: 60, via: 5g, name: x}",
            [
                "2:21: probing.interval: 60 needs its unit, such as 60s or 60m",
                "2:30: probing.via: no such path '5g': there is none",
                "2:34: probing.name: unknown key 'name': one of: via, interval, "
                "timeout, confirm, recover, retry_every, stale_after, slow_after, "
                "cost, required, watch_every, failback_after",
            ],
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_each_mistake_says_where_what_and_how_to_right_it(
    tmp_path: Path, text: str, said: list[str]
) -> None:
    assert mistakes(tmp_path, text) == said


def test_maintenance_ends_after_it_begins(tmp_path: Path) -> None:
    window = "{from: 2026-12-01T22:00, until: 2026-12-01T20:00Z}"
    text = f"channels: {{a: {{maintenance: [{window}, {{from: demain, until: x}}]}}}}"

    assert [said.split(": ", 2)[2] for said in mistakes(tmp_path, text)] == [
        "must come after 'from'",
        "must be a moment such as 2026-12-01T22:00 or 2026-12-01T21:00:00Z, "
        "not 'demain'",
        "must be a moment such as 2026-12-01T22:00 or 2026-12-01T21:00:00Z, not 'x'",
    ]


def test_maintenance_within_the_missing_hour_is_refused(tmp_path: Path) -> None:
    """On 2026-03-29 there is no 02:30 in Brussels: it would end before it begins."""
    window = "{from: 2026-03-29T02:30, until: 2026-03-29T03:15}"
    text = f"""\
site: {{timezone: Europe/Brussels}}
channels: {{a: {{maintenance: [{window}]}}}}
"""

    assert [said.split(": ", 2)[2] for said in mistakes(tmp_path, text)] == [
        "must come after 'from'"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'channels: {"a ": {}}',
            "1:12: channels.a: must be a name without a space at its begin or end",
        ),
        (
            'channels: {"a\u202eb": {}}',
            "1:12: channels.a b: must be a name of at most 253 characters without '/' "
            "or invisible ones, not 'a b'",
        ),
        (
            'channels: {"caf\u0065\u0301": {}}',
            "1:12: channels.cafe\u0301: must be a name whose accented letters are one "
            "character each (Unicode NFC): type it anew",
        ),
        (
            "channels: {a: {test: {every: 1e3}}}",
            "1:30: channels.a.test.every: must be a length of time such as 500ms, "
            "10s, 5m, 2h or 7d, not '1e3'",
        ),
        (
            "channels: {a: {traits: {e2e: 1}}}",
            "1:30: channels.a.traits.e2e: must be one of yes, no, optional, unknown, "
            "not '1'",
        ),
        (
            "{channels: {a: {}}, devices: {mobile: {text: }}}",
            "1:46: devices.mobile.text: must be a name, not nothing",
        ),
        (
            "{channels: {a: {}}, screen: {distance_m: 1e308}}",
            "1:42: screen.distance_m: must be a number of at most 1000000000, "
            "not '1e308'",
        ),
        (
            "{channels: {a: {heard_on: mobile.}}}",
            "1:27: channels.a.heard_on: no such device 'mobile.': "
            "did you mean 'mobile'?",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_value_is_not_taken_for_another(tmp_path: Path, text: str, said: str) -> None:
    assert mistakes(tmp_path, text) == [said]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    said = mistakes(tmp_path, TEN)

    assert [mistake.split(": ")[0] for mistake in said] == [
        "1:8",
        "2:21",
        "4:26",
        "7:16",
        "8:18",
        "10:47",
        "10:50",
        "11:63",
        "12:3",
        "14:53",
    ]
    assert "hunter2" not in "".join(said)
    assert said[-1] == (
        "14:53: plan[0].primary: no such channel 'mial': did you mean 'mail'?"
    )


def test_a_config_is_what_load_returns(tmp_path: Path) -> None:
    assert isinstance(read(tmp_path, TWO_CHANNELS), Config)
