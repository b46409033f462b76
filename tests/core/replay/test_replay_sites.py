"""A recorded outage at many sites: each as alone, and heard while it has a way out."""

from datetime import UTC, datetime
from functools import cache

import province
import pytest
from msgspec.structs import replace
from plans import channel, component, line, plan, probe

from secours.config import load
from secours.config.sections.scenario import load_scenario
from secours.core.replay import sites
from secours.core.replay.score import replay
from secours.core.replay.sites import SitesMoment
from secours.model.observed import Verdict
from secours.model.plan import Config
from secours.model.recording import Cause, Scenario
from secours.model.sections.channel import Path
from secours.model.sites.membership import Sites
from secours.model.sites.views import SiteState
from secours.model.snapshot import Snapshot

SCENARIO = "iberia-2025-04-28"
ALONE = "hopital-verviers"
POWER_OUT_S = 600.0
OUTAGE = Scenario(
    name="grid",
    start=datetime(2026, 1, 1, tzinfo=UTC),
    duration_s=3 * 3600.0,
    causes=(Cause(component="power:grid", from_s=POWER_OUT_S, to_s=2 * 3600.0),),
)


def at_a_site(battery_s: float, *, paths: bool = True) -> Config:
    """Return the plan of a site whose one way out lives on for so long."""
    membership = Sites(name="dison", hub=("tls://hub.example:4222",))
    ways = (Path(name="out", needs=(("internet:mast",),)),) if paths else ()
    found = plan(
        channel("mail", "internet:mast", probes=(probe("mail"),)),
        component("power:grid"),
        component("internet:mast", "power:grid", autonomy_s=battery_s),
        line("mail"),
        *ways,
    )
    return replace(found, sites=membership)


@cache
def played(*batteries_s: float) -> tuple[SitesMoment, ...]:
    plans = {str(n): at_a_site(each) for n, each in enumerate(batteries_s)}
    return tuple(sites.play(plans, OUTAGE))


def answer(shot: Snapshot) -> object:
    return [each.use for each in shot.recommendations], shot.suspects


def test_plans_of_the_province_are_as_their_table_says() -> None:
    found = {file.name: file.read_text("utf-8") for file in province.FOLDER.iterdir()}

    assert found == {f"{p.name}.yaml": province.plan_of(p) for p in province.TABLE}


def test_site_among_others_answers_as_alone() -> None:
    """Of a minute at which it changes the timeline does not tell before from after."""
    config = load(province.FOLDER / f"{ALONE}.yaml")
    scenario = load_scenario(SCENARIO)

    alone = list(replay(config, scenario).timeline)
    other = load(province.FOLDER / "ans.yaml")
    for moment in sites.play({"other": other, ALONE: config}, scenario):
        while len(alone) > 1 and 60 * alone[1].minute <= moment.second:
            alone.pop(0)
        if 60 * alone[0].minute < moment.second:
            found = moment.sites[ALONE].snapshot
            assert answer(found) == answer(alone[0].snapshot), moment.second
    assert len(alone) == 1


def test_each_site_is_heard_as_long_as_its_own_battery_lasts() -> None:
    cut_off = [
        [moment.second for moment in played(1800.0, 3600.0) if moment.sites[n].cut_off]
        for n in ("0", "1")
    ]

    assert cut_off[0] == [60.0 * n for n in range(40, 120)]
    assert cut_off[1] == [60.0 * n for n in range(70, 120)]


def test_site_that_is_cut_off_is_not_heard_and_counts_for_nothing() -> None:
    for moment in played(1800.0, 3600.0):
        states = {view.name: view.state for view in moment.view.sites}
        for name, site in moment.sites.items():
            silent = states[name] is SiteState.NOT_HEARD
            assert silent is site.cut_off, (moment.second, name)
        heard = {view.name for view in moment.view.sites if view.is_heard}
        assert all(heard.issuperset(cause.sites) for cause in moment.view.causes)


def test_what_failed_at_several_sites_has_one_cause() -> None:
    """Both need the grid; each is heard, as nothing of what leads out has failed."""
    plans = {str(n): at_a_site(0.0, paths=False) for n in range(2)}
    regional = {
        name: replace(config, sites=replace(config.sites, name=name, region="Verviers"))
        for name, config in plans.items()
        if config.sites
    }

    shown = {
        moment.second: moment.view.causes for moment in sites.play(regional, OUTAGE)
    }

    assert shown[POWER_OUT_S - 60] == ()
    (cause,) = shown[POWER_OUT_S + 600]
    assert cause.components == ("power:grid, Verviers",)
    assert cause.sites == ("0", "1")


def test_time_since_a_failure_goes_on_while_nothing_happens() -> None:
    plans = {"dison": at_a_site(60.0, paths=False)}

    ages = [
        moment.sites["dison"].view.channels[0].failed_s
        for moment in sites.play(plans, OUTAGE)
    ]

    passing = [each for each in ages if each is not None]
    assert len(passing) == 109
    assert passing == pytest.approx([passing[0] + 60 * n for n in range(109)])


def test_plan_of_a_site_by_itself_is_refused() -> None:
    alone = replace(at_a_site(60.0), sites=None)

    with pytest.raises(ValueError, match="by itself"):
        next(sites.play({"dison": alone}, OUTAGE))


def test_site_that_is_cut_off_goes_on_alone() -> None:
    shown = [moment.sites["0"] for moment in played(1800.0)]

    last = next(each for each in reversed(shown) if each.cut_off)
    assert last.snapshot.recommendations[0].use is None
    assert shown[-1].snapshot.recommendations[0].use is not None


def test_plan_without_paths_is_never_cut_off() -> None:
    plans = {"dison": at_a_site(60.0, paths=False)}

    assert not any(m.sites["dison"].cut_off for m in sites.play(plans, OUTAGE))


@pytest.mark.parametrize("minutes", [0, 180])
def test_moment_is_stamped_with_the_second_of_the_outage(minutes: int) -> None:
    moment = played(1800.0)[minutes]

    assert moment.second == 60.0 * minutes
    passed = moment.sites["0"].snapshot.at.utc - OUTAGE.start
    assert passed.total_seconds() == moment.second


def test_what_a_path_needs_and_has_only_weakened_leads_out() -> None:
    weak = Cause(
        component="power:grid", from_s=0.0, to_s=9000.0, verdict=Verdict.DEGRADED
    )
    outage = Scenario(name="weak", start=OUTAGE.start, duration_s=600.0, causes=(weak,))

    plans = {"dison": at_a_site(60.0)}
    assert not any(m.sites["dison"].cut_off for m in sites.play(plans, outage))
