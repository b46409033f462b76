"""The alerts and the dashboard ask for what we write, and Prometheus reads it."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from render.export.every_family import written
from servers import prometheus, promtool
from servers.command import Command, until
from servers.scripted import closed_port, silent, tcp_server
from site_views import line, picture, site

from secours.model.sites.views import SiteState
from secours.render.export.sites import sites

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy/prometheus/alerts.yml"
DASHBOARD = ROOT / "deploy/grafana/secours.json"
ADDED = {"instance", "job"}  # labels that Prometheus puts to each series
DATASOURCE = {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}
SELECTOR = re.compile(r"(secours_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
GROUPED = re.compile(r"\b(?:by|on|group_left|group_right|without)\s*\(([^)]*)\)")
PLAN = """
site: {{name: Test, language: en}}
probing: {{interval: 1s, watch_every: 1s}}
paths: {{lan: {{}}}}
components: {{"power:grid": {{probes: [{{type: tcp, host: 127.0.0.1, port: {port}}}]}}}}
channels:
  sms: {{purposes: [alert], depends_on: [power:grid], probes: [{{type: tcp, host: 127.0.0.1, port: {port}}}]}}
  fax: {{purposes: [alert], depends_on: [], probes: [{{type: tcp, host: 127.0.0.1, port: {port}}}]}}
plan: [{{purpose: alert, audience: staff, primary: sms, alternate: fax, last_resort: Walk}}]
sites: {{name: dison, hub: "nats://127.0.0.1:{hub}", follow: [spa]}}
"""  # noqa: E501 -- a plan reads so


SITES = picture(site("dison", line("sms")), site("spa", state=SiteState.NOT_HEARD))


def rules() -> list[Mapping[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(DASHBOARD.read_text("utf-8"))
    return found


def asked() -> Iterator[tuple[str, str, str]]:
    """Yield each expression, with who asks it and what is written beside it."""
    for rule in rules():
        yield rule["alert"], rule["expr"], json.dumps(rule["annotations"])
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"], target["legendFormat"]


def families() -> dict[str, dict[str, set[str]]]:
    """Return of each name we write its labels, and the values that were seen."""
    found: dict[str, dict[str, set[str]]] = {}
    for family in (*written(), *sites(SITES, 1.0)):
        labels = found.setdefault(family.sample_name, {})
        for sample, _ in family.samples:
            for label, value in sample.items():
                labels.setdefault(label, set()).add(value)
    return found


KNOWN = families()
CLOSED = ("state", "tier", "why", "independent")  # labels whose values are ours


def wrong(expression: str, beside: str = "") -> set[str]:
    """Return what an expression names that we do not write."""
    found = set()
    labels = set(ADDED)
    for name, inner in SELECTOR.findall(expression):
        if name not in KNOWN:
            found.add(name)
            continue
        labels |= KNOWN[name].keys()
        for label, value in MATCHER.findall(inner):
            values = KNOWN[name].get(label)
            if values is None and label not in ADDED:
                found.add(f"{name}.{label}")
            elif label in CLOSED and values is not None and value not in values | SEEN:
                found.add(f"{name}.{label}={value}")
    for group in GROUPED.findall(expression):
        found |= {name.strip() for name in group.split(",")} - labels - {""}
    found |= set(re.findall(r"\$labels\.(\w+)", beside)) - labels
    return found | set(re.findall(r"\{\{(\w+)\}\}", beside)) - labels


SEEN = {"primary", "yes", "distrusted"}  # that no sample of the test has


@pytest.mark.parametrize(
    ("who", "expression", "beside"),
    [pytest.param(*each, id=f"{at}-{each[0]}") for at, each in enumerate(asked())],
)
def test_what_is_asked_for_is_what_we_write(
    who: str, expression: str, beside: str
) -> None:
    assert wrong(expression, beside) == set()


def test_what_we_do_not_write_is_found() -> None:
    assert wrong("secours_moon == 1") == {"secours_moon"}
    assert wrong('secours_line_use{moon="x"}') == {"secours_line_use.moon"}
    assert wrong('secours_own_link_state{state="up"}') == {
        "secours_own_link_state.state=up"
    }
    assert wrong("sum by (moon) (secours_trouble)") == {"moon"}
    assert wrong("secours_trouble", "{{moon}} {{ $labels.sun }}") == {"moon", "sun"}


@pytest.mark.usefixtures("processes")
@promtool.NEEDED
def test_prometheus_takes_the_alerts_and_they_fire_when_they_must() -> None:
    checked = promtool.remarks("check", "rules", "--lint=all", str(ALERTS))
    tried = promtool.remarks(
        "test", "rules", str(Path(__file__).with_name("alerts.test.yml"))
    )

    assert "SUCCESS" in checked
    assert "exit code" not in checked
    assert "SUCCESS" in tried
    assert "exit code" not in tried


def test_the_dashboard_asks_the_server_that_is_chosen_as_it_is_imported() -> None:
    board = dashboard()

    (chosen,) = board["__inputs"]
    assert (chosen["name"], chosen["pluginId"]) == ("DS_PROMETHEUS", "prometheus")
    needed = {each["id"] for each in board["__requires"] if each["type"] == "panel"}
    assert needed == {panel["type"] for panel in board["panels"]}
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in board["panels"]:
        assert panel["datasource"] == DATASOURCE
        assert panel["description"]
        for target in panel["targets"]:
            assert target["datasource"] == DATASOURCE
            assert "$instance" in target["expr"]


def test_no_panel_of_the_dashboard_lies_over_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        cells = {
            (at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


@pytest.mark.usefixtures("processes")
@prometheus.NEEDED
async def test_prometheus_itself_reads_all_that_the_dashboard_shows(
    tmp_path: Path,
) -> None:
    secours, ours = Command(tmp_path), closed_port()
    async with tcp_server(silent) as port:
        secours.plan(PLAN.format(port=port, hub=closed_port()))
        async with secours.running("run", "--http", str(ours)):
            await until(secours, "self-check", holds=lambda done: done.code == 0)
            (token,) = (tmp_path / "state").glob("access.token")
            folder = tmp_path / "prometheus"
            folder.mkdir()
            async with prometheus.scraping(
                folder, ours, token.read_text().strip(), ALERTS
            ) as server:
                empty = await server.empty(
                    filled(target["expr"], ours)
                    for panel in dashboard()["panels"]
                    for target in panel["targets"]
                )
                health = await server.rules()

    assert health == {rule["alert"]: "ok" for rule in rules()}
    assert empty == []


def filled(expression: str, port: int) -> str:
    """Put in what Grafana does."""
    named = expression.replace("$instance", f"127.0.0.1:{port}")
    return named.replace("$__rate_interval", "60s")
