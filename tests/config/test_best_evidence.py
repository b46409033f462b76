"""What a probe of a plan can prove at most, and what a channel lacks to be proven."""

import subprocess
import sys
from pathlib import Path

import pytest
from config.plan_files import read

from secours.model.observed import Evidence
from secours.model.sections.channel import Channel


def channel(folder: Path, probes: str) -> Channel:
    return read(folder, f"channels: {{c: {{probes: [{probes}]}}}}").channels["c"]


@pytest.mark.parametrize(
    ("entry", "best"),
    [
        ("{type: icmp, host: h}", Evidence.REACHED),
        ("{type: tcp, host: h, port: 1}", Evidence.REACHED),
        ("{type: tcp, host: h, port: 1, expect: ''}", Evidence.REACHED),
        ("{type: tcp, host: h, port: 1, expect: OK}", Evidence.SERVED),
        ("{type: udp, host: h, port: 1}", Evidence.REACHED),
        ("{type: udp, host: h, port: 1, expect: OK}", Evidence.SERVED),
        ("{type: smtp, host: h}", Evidence.AUTHENTICATED),
        ("{type: sms_roundtrip, port: /dev/x, to: '123'}", Evidence.DELIVERED),
        (
            "{type: call_roundtrip, from: {host: a, user: b}, "
            "to: {port: /dev/x, number: '123'}}",
            Evidence.DELIVERED,
        ),
        ("{type: statuspage, url: 'http://h'}", Evidence.NONE),
    ],
)
def test_a_probe_knows_the_most_that_it_can_prove(
    tmp_path: Path, entry: str, best: Evidence
) -> None:
    (probe,) = channel(tmp_path, entry).probes

    assert probe.best is best


@pytest.mark.parametrize(
    ("entry", "proof"),
    [
        ("{type: http, url: 'http://h'}", False),
        ("{type: http, url: 'https://h'}", True),
        ("{type: http, url: 'https://h', verify: false}", False),
        ("{type: dns, name: h}", False),
        ("{type: dns, name: h, expect: 192.0.2.1}", True),
        ("{type: smtp, host: h}", True),
    ],
)
def test_a_probe_knows_whether_a_captive_portal_could_answer_it(
    tmp_path: Path, entry: str, proof: bool
) -> None:
    (probe,) = channel(tmp_path, entry).probes

    assert probe.portal_proof is proof


def test_references_and_components_know_it_too(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        """\
channels: {c: {kind: courier}}
components: {site:x: {probes: [{type: icmp, host: h}]}}
paths: {lan: {references: [{type: tls, host: h}]}}
""",
    )

    assert [probe.best for probe in config.probes()] == ["reached", "served"]


@pytest.mark.parametrize(
    ("entries", "thin"),
    [
        ("", False),  # nothing probes it: people do
        ("{type: statuspage, url: 'http://h'}", False),  # no probe either
        ("{type: smtp, host: h}", False),
        ("{type: smtp, host: h, required: false}", True),
        ("{type: icmp, host: h}", True),
        ("{type: icmp, host: h}, {type: tcp, host: h, port: 1}", True),
        ("{type: icmp, host: h}, {type: smtp, host: h}", False),
        ("{type: icmp, host: h}, {type: smtp, host: h, required: false}", False),
    ],
)
def test_optional_probes_and_bare_answers_leave_a_channel_unproven(
    tmp_path: Path, entries: str, thin: bool
) -> None:
    assert channel(tmp_path, entries).thin is thin


@pytest.mark.usefixtures("processes")
def test_no_type_is_imported_that_the_plan_does_not_use(tmp_path: Path) -> None:
    read(tmp_path, "channels: {c: {probes: [{type: tcp, host: h, port: 1}]}}")
    ask = (
        "import sys; from secours.config import load; load('probes.yaml'); "
        "print([m for m in sorted(sys.modules) if m.startswith('secours.probes.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask],
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "src")},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )

    assert done.stdout.decode().strip() == "['secours.probes.tcp']"
