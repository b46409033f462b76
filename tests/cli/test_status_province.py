"""`secours status` at the Secours of a province: what sites have not taken in."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from dashboard.served import rooms, stamped
from msgspec.structs import replace
from render.snapshots import snapshot
from site_views import at_this_moment, picture, site

from secours import places
from secours.cli import run
from secours.engine import clock
from secours.engine.published import handed_down_file, sites_file, snapshot_file
from secours.engine.published.handed_down_file import HandedDownFile
from secours.model.sites.handed_down import (
    Addressee,
    HandedDown,
    HandedDownList,
    OrderProgress,
)
from secours.model.sites.views import OrderKind
from secours.model.snapshot import Hub

__all__ = ["rooms"]

WAITS = Addressee(site="dison", progress=OrderProgress.AT_HUB)
TAKEN = Addressee(site="spa", progress=OrderProgress.ANSWERED, outcome="taken")
REFUSED = Addressee(
    site="liège", progress=OrderProgress.ANSWERED, outcome="not-accepted"
)


def order(*to: Addressee, what: str = "power:grid down") -> HandedDown:
    now = clock.now()
    return HandedDown(
        number=1,
        kind=OrderKind.MARK,
        what=what,
        author="Province de Liège",
        by="Ann",
        issued=now,
        boot_id=clock.boot_id(),
        until=now.utc + timedelta(hours=1),
        to=to,
    )


def publish(*orders: HandedDown, province: bool = True) -> None:
    shown = stamped(snapshot(), ago_s=1.0, max_age_s=20.0)
    hub = Hub(url="tls://hub", since=shown.at, connected=True)
    snapshot_file.write(replace(shown, hub=hub), places.runtime_dir())
    view = at_this_moment(picture(site("dison"), province=province), 1.0)
    sites_file.write(view, places.runtime_dir())
    HandedDownFile(places.runtime_dir()).put(HandedDownList(orders=orders))


def test_what_is_pending_or_refused_is_listed(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(order(WAITS, TAKEN, REFUSED), order(TAKEN, what="carrier:a up"))

    run(["status", "--lang", "en"])
    text = capsys.readouterr().out.splitlines()
    run(["status", "--format", "json"])
    found = json.loads(capsys.readouterr().out)

    assert text[0] == (
        "Sent to sites by Ann: power:grid down – at the hub, not yet taken: Dison;"  # noqa: RUF001
        " the site’s plan does not accept it (sites.accept): liège"  # noqa: RUF001
    )
    assert "carrier:a" not in "".join(text)
    [said] = found["handed_down"]
    assert [(to["site"], to["outcome"]) for to in said["to"]] == [
        ("dison", ""),
        ("liège", "not-accepted"),
    ]


@pytest.mark.parametrize("left", ["by a province", "damaged"], ids=["left", "damaged"])
def test_elsewhere_nothing_is_said_of_it(
    rooms: Path, capsys: pytest.CaptureFixture[str], left: str
) -> None:
    publish(order(WAITS), province=left == "damaged")
    if left == "damaged":
        (places.runtime_dir() / handed_down_file.NAME).write_text("{")

    run(["status", "--lang", "en", "--format", "json"])

    assert "handed_down" not in json.loads(capsys.readouterr().out)
