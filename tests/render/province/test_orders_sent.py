"""Orders of the province on the page of actions: none that holds is left out."""

from datetime import timedelta

from msgspec.structs import replace
from render.snapshots import snapshot

from secours.model.requests import ExerciseRequest, MarkRequest, OrderRequest
from secours.model.sites.handed_down import Addressee, HandedDown, OrderProgress
from secours.model.sites.views import OrderKind
from secours.render.province.to_sites import MOST_FRESH, known, sent
from secours.render.wording.localizer import Localizer

SHOWN = snapshot()


def order(number: int, asked: OrderRequest, *sites: str) -> HandedDown:
    taken = OrderProgress.ANSWERED
    return HandedDown(
        number=number,
        kind=OrderKind.MARK,
        what="",
        author="Province",
        by="Ann",
        issued=SHOWN.at,
        boot_id="",
        until=SHOWN.at.utc + timedelta(days=1),
        to=tuple(Addressee(site=s, progress=taken, outcome="taken") for s in sites),
        asked=asked,
    )


def rows(*orders: HandedDown) -> list[tuple[str, tuple[str, ...]]]:
    shown = sent(orders, known(None, Localizer(SHOWN, "en")))
    return [(row.key, row.request.sites if row.request else ()) for row in shown]


def test_order_in_force_is_listed_behind_any_number_of_others() -> None:
    stop = ExerciseRequest(action="stop")
    newer = [order(n, stop, "spa") for n in range(2 * MOST_FRESH, 1, -1)]
    held = [
        order(-n, MarkRequest(subject=f"carrier:{n}", says="down"), "dison")
        for n in range(MOST_FRESH + 1)
    ]

    shown = rows(*newer, *held)

    assert shown[:MOST_FRESH] == [(str(each.number), ()) for each in newer[:MOST_FRESH]]
    assert shown[MOST_FRESH:] == [(str(each.number), ("dison",)) for each in held]


def test_order_is_withdrawn_only_where_no_newer_one_is_in_its_place() -> None:
    play = ExerciseRequest(action="start", fails=("sms",))

    shown = rows(order(2, play, "spa"), order(1, play, "spa", "dison"))

    assert shown == [("2", ("spa",)), ("1", ("dison",))]


def test_order_that_holds_for_long_is_shown_until_its_own_end() -> None:
    down = order(1, MarkRequest(subject="carrier:a", says="maintenance"), "spa")
    at = SHOWN.at.utc
    long = replace(down, until=at - timedelta(days=1), ends=at + timedelta(days=1))

    [row] = sent([long], known(None, Localizer(SHOWN, "en")))

    assert row.request is not None
