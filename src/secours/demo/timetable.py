"""Timetable of breaks and heals without people: times, actions and words. Pure."""

# ruff: noqa: RUF001 -- curly apostrophes are printed

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from secours.demo.labels import Words, told

Announce = Callable[[Words], None]
Sleep = Callable[[float], Awaitable[None]]


class Breakable(Protocol):
    """Target of a timetable: a town."""

    async def break_(self, name: str) -> None:
        """Break something."""

    async def heal(self, name: str) -> None:
        """Heal something, or `all`."""


class Act(Struct, frozen=True):
    """Event at a time after the start of the timetable."""

    at_s: float
    action: str  # "break" or "heal"
    name: str
    sentence: Words


class Timetable(Struct, frozen=True):
    """Acts in the order of their times, repeated every `loop_s`."""

    acts: Sequence[Act]
    loop_s: float


TIMETABLE = Timetable(
    (
        Act(
            20.0,
            "break",
            "signal",
            told(
                "Signal ne répond plus : la direction passe à Element.",
                "Signal antwoordt niet meer: de directie gaat naar Element.",
                "Signal antwortet nicht mehr: die Leitung wechselt zu Element.",
                "Signal no longer answers: management moves to Element.",
            ),
        ),
        Act(
            55.0,
            "heal",
            "signal",
            told(
                "Signal répond de nouveau ; on y revient quand il a tenu 15 secondes.",
                "Signal antwoordt weer; na 15 stabiele seconden gaat men terug.",
                "Signal antwortet wieder; zurück geht es nach 15 stabilen Sekunden.",
                "Signal answers again; people go back once it has held for 15 seconds.",
            ),
        ),
        Act(
            90.0,
            "break",
            "meta",
            told(
                "Panne chez Meta : WhatsApp et Messenger tombent ensemble.",
                "Storing bij Meta: WhatsApp en Messenger vallen samen uit.",
                "Ausfall bei Meta: WhatsApp und Messenger fallen gemeinsam aus.",
                "Outage at Meta: WhatsApp and Messenger fall together.",
            ),
        ),
        Act(
            130.0,
            "heal",
            "meta",
            told(
                "Meta fonctionne de nouveau.",
                "Meta werkt weer.",
                "Meta funktioniert wieder.",
                "Meta works again.",
            ),
        ),
        Act(
            165.0,
            "break",
            "mains",
            told(
                "Panne de courant : le mât mobile tient encore 40 secondes.",
                "Stroompanne: de gsm-mast houdt het nog 40 seconden uit.",
                "Stromausfall: der Mobilfunkmast hält noch 40 Sekunden durch.",
                "Power cut: the mobile mast lives on for 40 seconds.",
            ),
        ),
        Act(
            235.0,
            "heal",
            "mains",
            told(
                "Le courant est revenu.",
                "De stroom is terug.",
                "Der Strom ist wieder da.",
                "The mains are back.",
            ),
        ),
        Act(
            270.0,
            "break",
            "storm",
            told(
                "Orage : le SMS et le satellite captent mal.",
                "Onweer: sms en satelliet hebben slechte ontvangst.",
                "Gewitter: SMS und Satellit haben schlechten Empfang.",
                "Thunderstorm: SMS and satellite have a poor signal.",
            ),
        ),
        Act(
            305.0,
            "heal",
            "storm",
            told(
                "L’orage est passé.",
                "Het onweer is voorbij.",
                "Das Gewitter ist vorbei.",
                "The storm has passed.",
            ),
        ),
        Act(
            335.0,
            "break",
            "line",
            told(
                "Notre propre ligne est hors service : c’est nous, pas eux.",
                "Onze eigen lijn is uitgevallen: het ligt aan ons, niet aan hen.",
                "Unsere eigene Leitung ist weg: es liegt an uns, nicht an ihnen.",
                "Our own line is down: it is us, not them.",
            ),
        ),
        Act(
            380.0,
            "heal",
            "all",
            told(
                "La ligne est revenue ; tout fonctionne de nouveau.",
                "De lijn is terug; alles werkt weer.",
                "Die Leitung ist wieder da; alles funktioniert wieder.",
                "The line is back; everything works again.",
            ),
        ),
    ),
    loop_s=420.0,
)


async def follow(
    town: Breakable,
    timetable: Timetable,
    announce: Announce,
    *,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Follow the timetable in a loop, until cancelled."""
    while True:
        passed_s = 0.0
        for act in timetable.acts:
            await sleep(act.at_s - passed_s)
            passed_s = act.at_s
            await DO[act.action](town, act.name)
            announce(act.sentence)
        await sleep(timetable.loop_s - passed_s)


async def _break(town: Breakable, name: str) -> None:
    await town.break_(name)


async def _heal(town: Breakable, name: str) -> None:
    await town.heal(name)


DO: Mapping[str, Callable[[Breakable, str], Awaitable[None]]] = {
    "break": _break,
    "heal": _heal,
}
