"""What may stand as the host of a probe, and what is said of what is no host."""

from pathlib import Path

import pytest
from config.plan_files import mistakes


def told(folder: Path, host: str, type_: str = "smtp") -> list[str]:
    probe = f"{{type: {type_}, host: '{host}'}}"
    channel = f"channels: {{c: {{depends_on: [], probes: [{probe}]}}}}"
    return [said.split(".host: ", 1)[1] for said in mistakes(folder, channel)]


@pytest.mark.parametrize(
    "host",
    [
        "mail.example.org",
        "mail.example.org.",
        "localhost",
        "mail_2.example.org",
        "münchen.example",
        "192.0.2.7",
        "2001:db8::7",
        "::1",
        "fe80::1%eth0",
        "4711.example.org",
        "a" * 63 + ".example",
    ],
)
def test_names_and_addresses_are_hosts(tmp_path: Path, host: str) -> None:
    assert told(tmp_path, host) == []


@pytest.mark.parametrize(
    ("host", "meant"),
    [
        ("smtp://mail.example.org", "'mail.example.org'"),
        ("https://mail.example.org/", "'mail.example.org'"),
        ("mail.example.org/", "'mail.example.org'"),
        ("mail.example.org:587", "'mail.example.org', and port: 587"),
        ("smtp://mail.example.org:587", "'mail.example.org', and port: 587"),
        ("[2001:db8::7]", "'2001:db8::7'"),
        ("[2001:db8::7]:25", "'2001:db8::7', and port: 25"),
        (" mail.example.org ", "'mail.example.org'"),
        ("10.0.0.1/24", "'10.0.0.1'"),
    ],
)
def test_what_holds_a_host_says_which_part_of_it_is_one(
    tmp_path: Path, host: str, meant: str
) -> None:
    (said,) = told(tmp_path, host)
    assert said.startswith("must be a name or an address alone, not ")
    assert said.endswith(f": write {meant}")


def test_a_port_is_named_only_where_the_probe_has_one(tmp_path: Path) -> None:
    (said,) = told(tmp_path, "gw.example.org:80", "icmp")
    assert said.endswith(": write 'gw.example.org'")


@pytest.mark.parametrize(
    "host",
    ["10.0.0.256", "192.0.2", "8.8.8.8.8", "mail example.org", "a..b", "::g"],
)
def test_what_is_no_host_is_refused(tmp_path: Path, host: str) -> None:
    (said,) = told(tmp_path, host)
    assert said == f"must be a name or an address alone, not '{host}'"


def test_a_label_has_sixty_three_letters(tmp_path: Path) -> None:
    assert told(tmp_path, "a" * 64 + ".example") != []


def test_curly_quotes_are_named_also_where_yaml_takes_them(tmp_path: Path) -> None:
    (said,) = told(tmp_path, "“mail.example.org”")
    assert said.startswith("“ is no quotation mark of YAML")


def test_a_password_in_an_address_is_not_repeated(tmp_path: Path) -> None:
    (said,) = told(tmp_path, "smtp://probe:hunter2@mail.example.org")
    assert said == "must be a name or an address alone: write 'mail.example.org'"
