"""Limits of edits by form, over the plan before and the plan after."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secours.config.edit.limits import filled, refused, without_tokens
from secours.model.requests import ChannelEdit

MAIL = {
    "type": "imap",
    "host": "mail.example.org",
    "username": "probe",
    "password": "${file:secrets/mail}",
    "ca": "ours.pem",
    "interval": "60s",
}
PLUGIN = {"type": "plugin", "command": ["check_x"], "env": {"KEY": "${KEY}"}}
HTTP = {
    "type": "http",
    "url": "https://example.org/${TOKEN}",
    "headers": {"Authorization": "Bearer ${TOKEN}"},
}
PORTS = {"/dev/ttyUSB0"}
GUARDED = (
    *("host", "port", "url", "base_url", "security", "verify", "ca", "via"),
    *("type", "username", "server", "method", "follow", "body", "transport"),
)


SECRET_NAMES = (
    *("auth", "sig", "pw", "apikey", "access_key", "code", "key", "pwd", "passwd"),
    *("accessKey", "authToken", "client_secret", "clientsecret", "accesstoken"),
    *("X-Amz-Signature", "subscription-key", "auth[token]", "token2", "p%77"),
    *(
        "passphrase",
        "credential",
        "hmac",
        "jwt",
        "pin",
        "PASSWORD",
        "_token",
        "api.key",
    ),
)
OPEN_NAMES = (
    *("compass", "monkey", "design", "postcode", "country_code", "author", "keys_of"),
    *("codec", "barcode", "signal", "spin", "k", "tokens_left", "assign"),
)


def plan(*probes: Any, **sections: Any) -> dict[str, Any]:
    return {"channels": {"mail": {"probes": [*probes]}}, **sections}


def where(before: Any, after: Any) -> list[str]:
    return [each.where for each in refused(before, after, "probes.yaml", PORTS)]


OF_FIRST = "channels.mail.probes[0]"


@pytest.mark.parametrize("probe", [MAIL, PLUGIN, HTTP])
def test_a_probe_as_it_was_is_not_refused(probe: Any) -> None:
    assert where(plan(probe), plan({"type": "icmp", "host": "x"}, probe)) == []


@pytest.mark.parametrize("key", ["interval", "timeout", "name", "confirm", "max_used"])
def test_a_probe_keeps_its_secret_while_it_goes_where_it_went(key: str) -> None:
    assert where(plan(MAIL), plan({**MAIL, key: "5s"})) == []


@pytest.mark.parametrize("key", GUARDED)
def test_a_probe_that_goes_elsewhere_loses_its_secret(key: str) -> None:
    changed = {**MAIL, key: "other"}

    assert f"{OF_FIRST}.password" in where(plan(MAIL), plan(changed))
    typed = {**changed, "password": "${typed:password}"}
    found = where(plan(MAIL), plan(typed))
    assert f"{OF_FIRST}.password" not in found
    if key in MAIL and key != "ca":
        del changed[key]
        assert f"{OF_FIRST}.password" in where(plan(MAIL), plan(changed))


@pytest.mark.parametrize(
    ("probe", "place"),
    [
        (PLUGIN, "type"),
        ({"type": "plugin", "command": ["x"]}, "type"),
        ({"type": "tcp", "ca": "/etc/x"}, "ca"),
        ({"type": "tcp", "privileged": True}, "privileged"),
        ({"type": "tcp", "command": ["x"]}, "command"),
        ({"type": "tcp", "env": {}}, "env"),
        ({"type": "mail_roundtrip", "smtp": {"ca": "x"}}, "smtp.ca"),
        ({"type": "modem", "port": "/dev/mem"}, "port"),
        ({"type": "modem", "port": "ttyUSB0"}, "port"),
        ({"type": "modem", "port": "socket://192.0.2.1:7"}, "port"),
        ({"type": "sms_roundtrip", "read_port": "/dev/sda"}, "read_port"),
        ({"type": "call_roundtrip", "to": {"port": "/dev/sda"}}, "to.port"),
        ({"type": "imap", "password": "${PATH}"}, "password"),
        ({"type": "imap", "password": "${file:/etc/shadow}"}, "password"),
        ({"type": "imap", "password": "${cred:mail}"}, "password"),
        ({"type": "imap", "password": "${typed:a}${PATH}"}, "password"),
        ({"type": "imap", "password": "${typed:../a}"}, "password"),
        ({"type": "imap", "password": "$${x}"}, "password"),
        ({"type": "imap", "password": "hunter2"}, "password"),
        ({"type": "http", "headers": {"Cookie": "a=b"}}, "headers.Cookie"),
        ({"type": "http", "headers": {"X": "a ${HOME}"}}, "headers.X"),
        ({"type": "http", "url": "https://x.example/?a=b&token=c"}, "url"),
        ({"type": "http", "url": "http://x.example/?to%6Ben=c"}, "url"),
        ({"type": "snmp", "checks": [{"x": "${A}"}]}, "checks[0].x"),
    ],
)
def test_no_form_makes_what_only_the_file_may_have(probe: Any, place: str) -> None:
    assert where(plan(), plan(probe)) == [f"{OF_FIRST}.{place}"]
    assert where({}, plan(probe)) == [f"{OF_FIRST}.{place}"]


TOKENS_IN_PATHS = [  # as each service writes them
    ("services/T0123ABCD/B0123ABCD/", "hT3x9QmZ0aLr7YbVw2KcNd5E", ""),  # Slack
    ("", "bot123456:AAF-x9QmZ_0aLr7YbVw2KcNd5Ep", "/getMe"),  # Telegram
    ("api/webhooks/123456789012345678/", "x9Qm-Z0aLr7YbVw2KcNd5Ep_hT3", "?a=b"),
    ("hooks/", "xi5n9wq3tbyk8m1pzr7ud4hcoa", "#c"),  # Mattermost
    ("ping/", "6b1f7a52-3c7e-4f2b-9d61-0a8e5c1b2f34", "/fail"),  # healthchecks.io
]
OPEN_PATHS = [
    *("x.example/2026-plan-of-the-town-and-its-people", "x.example/v1/status/20261202"),
    *("x.example/${file:secrets/abcdef0123456789ABCDEF}", "Server0123456789abcd:8443"),
    *("Server0123456789abcd/a", "x.example/internationalisation/EmergencyMessages"),
    *("x.example/a/1234567890123456789012", "x.example/status-2026.aspx"),
    *(
        "x.example/wiki/Watersnood_van_1953_in_Zeeland",
        "x.example/NL-Alert_2026-12-Test",
    ),
    "x.example/veiligheidsregiogroningen112",
]


@pytest.mark.parametrize(
    ("address", "apart", "tokens"),
    [
        ("https://x.example/?a=b#c", "", {}),
        ("https://x.example/?token=${file:x}&key=", "", {}),
        (
            "https://x.example/?token=a%20b&a=c&api_key=$d#e",
            "https://x.example/?token=${typed:url-1}&a=c&api_key=${typed:url-2}#e",
            {"url-1": "a%20b", "url-2": "$d"},
        ),
        (
            "https://x.example/?user=me&pass=a&pwd=b&compass=c",
            "https://x.example/?user=me&pass=${typed:url-1}&pwd=${typed:url-2}&compass=c",
            {"url-1": "a", "url-2": "b"},
        ),
        *(
            (
                f"https://x.example/hook?v=1&{name}=a%2Fb%3D",
                f"https://x.example/hook?v=1&{name}=${{typed:url-1}}",
                {"url-1": "a%2Fb%3D"},
            )
            for name in SECRET_NAMES
        ),
        *((f"https://x.example/?{name}=be", "", {}) for name in OPEN_NAMES),
        (
            "https://me:a@b@x.example:8443/?u=me@here:8&sig=c",
            "https://me:${typed:url-1}@x.example:8443/?u=me@here:8&sig=${typed:url-2}",
            {"url-1": "a@b", "url-2": "c"},
        ),
        (
            "https://:only@x.example",
            "https://:${typed:url-1}@x.example",
            {"url-1": "only"},
        ),
        ("https://me:${typed:url-1}@x.example", "", {}),
        *(
            (
                f"https://x.example/{before}{token}{after}",
                f"https://x.example/{before}${{typed:url-1}}{after}",
                {"url-1": token},
            )
            for before, token, after in TOKENS_IN_PATHS
        ),
        *((f"https://{address}", "", {}) for address in OPEN_PATHS),
        ("sirens/6b1f7a52-3c7e-4f2b-9d61-0a8e5c1b2f34/state", "", {}),
        (
            "https://x.example/?token=${typed:url-1}&sig=b",
            "https://x.example/?token=${typed:url-1}&sig=${typed:url-2}",
            {"url-2": "b"},
        ),
    ],
)
def test_tokens_in_an_address_are_typed_apart(
    address: str, apart: str, tokens: dict[str, str]
) -> None:
    assert without_tokens(address, "url") == (apart or address, tokens)
    assert where(plan(), plan({"type": "http", "url": apart or "x"})) == []


def test_a_device_that_is_found_may_be_named() -> None:
    assert where(plan(), plan({"type": "modem", "port": "/dev/ttyUSB0"})) == []
    assert where(plan(), plan({"type": "imap", "port": 993})) == []


def test_a_secret_does_not_move_to_another_channel() -> None:
    after = {"channels": {"mail": {"probes": [MAIL]}, "other": {"probes": [MAIL]}}}

    assert where(plan(MAIL), after) == [
        "channels.other.probes[0].password",
        "channels.other.probes[0].ca",
    ]


@pytest.mark.parametrize("key", ["interval", "timeout", "command", "env", "name"])
def test_no_form_changes_a_plugin(key: str) -> None:
    changed = {**PLUGIN, key: "5s"}

    assert where(plan(PLUGIN), plan(changed)) == [f"{OF_FIRST}.type"]


def test_other_sections_stay() -> None:
    before = plan(components={"power:grid": {}}, site={"name": "a", "timezone": "UTC"})
    after = plan(components={}, site={"name": "b", "public_url": "x"}, kinds="x.yaml")
    after["audiences"] = {"staff": {"groups": {"all": {}}, "report": {"a": "b"}}}

    assert sorted(where(before, after)) == [
        *("audiences.staff.report", "components", "kinds"),
        *("site.public_url", "site.timezone"),
    ]


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=9) | st.sampled_from(["probes", "channels", "ca"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(ANY, ANY)
def test_any_plan_is_judged(before: Any, after: Any) -> None:
    assert where(before, before) == []
    assert isinstance(where(before, after), list)


@given(st.text(max_size=30), ANY)
def test_references_only_fill_in_what_was_typed(text: str, value: Any) -> None:
    edit = ChannelEdit(name="a", values={"probes": [{"x": text, "y": value}]})
    (made,) = filled([edit], lambda _channel, key: f"<{key}>")

    assert made == edit or "${typed:" in f"{text}{value}"
