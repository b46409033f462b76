"""Secrets that somebody between here and their addressee can learn."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from config.plan_files import read

from secours.cli.plan_file import advice_words
from secours.config.advice import warnings
from secours.config.in_clear import SECURE, in_clear
from secours.config.sections.notify import schemes

WORD = '"${WORD}"'
ACCOUNT = f"username: u, password: {WORD}"
OPEN = [
    (f"{{type: smtp, host: m.test, {ACCOUNT}}}", "password"),
    (f"{{type: imap, host: m.test, security: none, {ACCOUNT}}}", "password"),
    (f"{{type: nut, host: m.test, ups: it, {ACCOUNT}}}", "password"),
    (f"{{type: snmp, host: m.test, community: {WORD}}}", "community"),
    (f"{{type: ntfy, base_url: 'http://m.test', token: {WORD}}}", "token"),
    (f"{{type: matrix, base_url: 'http://m.test', {ACCOUNT}}}", "password"),
    (f"{{type: kannel, base_url: 'http://m.test', {ACCOUNT}}}", "password"),
    (
        "{type: kannel, base_url: 'https://a.test', status_url: 'http://m.test/s',"
        f" status_password: {WORD}}}",
        "status_password",
    ),
    (
        "{type: teams, tenant: t, client_id: c, authority: 'http://m.test',"
        f" client_secret: {WORD}}}",
        "client_secret",
    ),
    (
        "{type: http, url: 'http://m.test/', headers: {Authorization: Bearer abc}}",
        "headers.Authorization",
    ),
    (f"{{type: http, url: 'http://m.test/', headers: {{X: {WORD}}}}}", "headers.X"),
    ("{type: http, url: 'http://m.test/${WORD}'}", "url"),
    ("{type: http, url: 'http://u:${WORD}@m.test/'}", "url"),
    ("{type: http, url: 'http://u:written@m.test/'}", "url"),
    ("{type: http, url: 'http://m.test/?token=written'}", "url"),
    (f"{{type: http, url: 'http://m.test/', method: POST, body: {WORD}}}", "body"),
]
UNVERIFIED = [
    (f"{{type: imap, host: m.test, verify: false, {ACCOUNT}}}", "password"),
    (
        f"{{type: smtp, host: m.test, security: starttls, verify: false, {ACCOUNT}}}",
        "password",
    ),
    (
        f"{{type: ntfy, base_url: 'https://m.test', verify: false, token: {WORD}}}",
        "token",
    ),
    (
        "{type: http, url: 'https://m.test/', verify: false,"
        f" headers: {{Authorization: {WORD}}}}}",
        "headers.Authorization",
    ),
]
KEPT = [
    "{type: smtp, host: m.test}",
    f"{{type: smtp, host: m.test, security: starttls, {ACCOUNT}}}",
    f"{{type: smtp, host: localhost, {ACCOUNT}}}",
    f"{{type: imap, host: 127.0.0.9, security: none, {ACCOUNT}}}",
    f"{{type: imap, host: m.test, {ACCOUNT}}}",
    f"{{type: sip, host: m.test, user: u, {ACCOUNT}}}",
    "{type: snmp, host: m.test, community: public}",
    f"{{type: snmp, host: m.test, v3: {{user: u, auth_key: {WORD}}}}}",
    f"{{type: ntfy, base_url: 'https://m.test', token: {WORD}}}",
    f"{{type: ntfy, base_url: 'http://[::1]:80', token: {WORD}}}",
    f"{{type: telegram, token: {WORD}}}",
    "{type: http, url: 'http://${WORD}/'}",
    "{type: http, url: 'http://m.test/', headers: {Accept: text/html}}",
    f"{{type: http, url: 'https://m.test/', headers: {{Authorization: {WORD}}}}}",
    "{type: http, url: 'https://m.test/', verify: false}",
]


@pytest.fixture(autouse=True)
def word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "hush-hush-hush")


def plan(probe: str) -> str:
    return f"channels:\n  a:\n    depends_on: []\n    probes:\n      - {probe}\n"


@pytest.mark.parametrize(
    ("probe", "option", "problem"),
    [
        *((*each, "unencrypted") for each in OPEN),
        *((*each, "unverified") for each in UNVERIFIED),
    ],
)
def test_secret_that_can_be_learnt_on_the_way_is_found_where_it_stands(
    tmp_path: Path, probe: str, option: str, problem: str
) -> None:
    found = in_clear(read(tmp_path, plan(probe)))
    written = re.search(rf"[ {{]{option.rpartition('.')[2]}: ", probe)

    about = [(each.of, each.where, each.host, each.problem) for each in found]
    where = f"channels.a.probes[0].{option}"
    assert about == [("channel:a", where, "m.test", problem)]
    assert found[0].line == 5
    assert written
    assert found[0].column == 9 + written.end()


@pytest.mark.parametrize("probe", KEPT)
def test_secret_that_stays_here_or_goes_encrypted_is_fine(
    tmp_path: Path, probe: str
) -> None:
    assert in_clear(read(tmp_path, plan(probe))) == ()


def test_secret_that_is_missing_here_is_sent_there_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORD")

    assert len(in_clear(read(tmp_path, plan(OPEN[0][0])))) == 1


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://crisis.test/secours", ["crisis.test"]),
        ("https://crisis.test", []),
        ("http://127.0.0.1:8501", []),
    ],
)
def test_public_address_without_encryption_lets_the_tokens_of_links_be_learnt(
    tmp_path: Path, url: str, hosts: list[str]
) -> None:
    config = read(tmp_path, f"site: {{public_url: '{url}'}}\n{plan(KEPT[0])}")
    found = in_clear(config)

    said = [advice_words(each, "en") for each in warnings(config) if each.line == 1]
    assert [each.host for each in found] == hosts
    assert ["the token in its links" in each for each in said] == [True] * len(hosts)
    assert {(each.of, each.where, each.line) for each in found} <= {
        ("site", "site.public_url", 1)
    }


def test_both_servers_of_a_round_trip_are_looked_at(tmp_path: Path) -> None:
    probe = f"""\
{{type: mail_roundtrip,
         smtp: {{host: out.test, security: starttls, rcpt_to: u@m.test, {ACCOUNT}}},
         imap: {{host: in.test, security: none, {ACCOUNT}}}}}"""

    (found,) = in_clear(read(tmp_path, plan(probe)))
    assert (found.where, found.host) == (
        "channels.a.probes[0].imap.password",
        "in.test",
    )
    assert found.line == 7


def test_token_of_teams_for_graph_is_looked_at_too(tmp_path: Path) -> None:
    probe = (
        "{type: teams, tenant: t, client_id: c, base_url: 'http://m.test',"
        f" authority: 'https://a.test', client_secret: {WORD}}}"
    )

    (found,) = in_clear(read(tmp_path, plan(probe)))
    assert found.where == "channels.a.probes[0].base_url"


def test_what_is_sent_beside_the_probes_is_looked_at(tmp_path: Path) -> None:
    text = (
        plan("{type: tcp, host: h, port: 1}")
        + """\
components:
  power:grid: {probes: [{type: snmp, host: ups.test, community: "${WORD}"}]}
paths:
  lan: {references: [{type: http, url: 'http://ref.test/${WORD}'}]}
notify:
  beat_to: http://beat.test/${WORD}
  to: {duty: {targets: [plain, kept, safe, odd, open]}}
  targets:
    plain: {url: "gotify://gotify.test/${WORD}", depends_on: []}
    kept: {url: "gotify://localhost/${WORD}", depends_on: []}
    safe: {url: "ntfys://ntfy.test/${WORD}", depends_on: []}
    odd: {url: "workflow://teams.test/${WORD}", depends_on: []}
    open: {url: "jsons://u:${WORD}@json.test/?verify=no", depends_on: []}
"""
    )

    found = in_clear(read(tmp_path, text))
    assert [(each.of, each.where, each.line, each.mend) for each in found] == [
        (
            "power:grid",
            "components.power:grid.probes[0].community",
            7,
            "v3: {user: …, auth_key: …, priv_key: …}",
        ),
        ("path:lan", "paths.lan.references[0].url", 9, "https://"),
        ("notify.beat_to", "notify.beat_to", 11, "https://"),
        ("notify.targets.plain", "notify.targets.plain.url", 14, "gotifys://"),
        ("notify.targets.open", "notify.targets.open.url", 18, "verify=yes"),
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "not encrypted: whoever is on the way to m.test can learn it"),
        ("fr", "non chiffré : qui se trouve sur le chemin vers m.test"),
        ("nl", "niet versleuteld: wie op de weg naar m.test meeleest"),
        ("de", "unverschlüsselt: wer auf dem Weg zu m.test mitliest"),
    ],
)
def test_validate_says_it_with_its_line_and_column(
    tmp_path: Path, language: str, words: str
) -> None:
    config = read(tmp_path, plan(OPEN[0][0]))

    (said,) = [each for each in warnings(config) if each.column]
    assert (said.line, said.column) == (5, 59)
    assert advice_words(said, language).startswith(
        f"channels.a.probes[0].password: {words}"
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what it imports
def test_a_scheme_with_another_for_tls_is_one_without_it_for_apprise() -> None:
    manager: Any = import_module("apprise.manager_plugins").NotificationManager()
    plain: set[str] = set()
    for plugin in manager.plugins():
        names = plugin.protocol or ()
        plain |= {names} if isinstance(names, str) else set(names)

    doubled = {each for each in schemes() if f"{each}s" in schemes()}
    assert doubled - set(SECURE) <= plain
