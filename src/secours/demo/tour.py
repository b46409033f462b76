"""Story of five minutes: events in the town, and what to look at each time."""

# ruff: noqa: RUF001 -- curly apostrophes are printed

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from msgspec import Struct

from secours.demo.labels import Words, told
from secours.demo.timetable import Breakable

DISTRUSTED = "signal"  # read by the intruder


class TourStage(Breakable, Protocol):
    """Stage of a story: a town, and the people who make statements."""

    async def distrust(self, name: str) -> None:
        """Report that an intruder reads a channel."""

    async def trust(self, name: str) -> None:
        """Withdraw that."""


class TourStep(Struct, frozen=True, kw_only=True):
    """Event, what to look at, and the time for that."""

    name: str
    words: Words
    lasts_s: float
    play: Callable[[TourStage], Awaitable[None]]


async def _calm(stage: TourStage) -> None:
    await stage.heal("all")


async def _provider(stage: TourStage) -> None:
    await stage.break_("meta")


async def _mains(stage: TourStage) -> None:
    await stage.heal("meta")
    await stage.break_("mains")


async def _intruder(stage: TourStage) -> None:
    await stage.heal("mains")
    await stage.distrust(DISTRUSTED)


async def _line(stage: TourStage) -> None:
    await stage.trust(DISTRUSTED)
    await stage.break_("line")


async def _back(stage: TourStage) -> None:
    await stage.heal("line")


STEPS: Sequence[TourStep] = (
    TourStep(
        name="calm",
        lasts_s=25.0,
        play=_calm,
        words=told(
            "Tout fonctionne. Chaque carte dit quel canal utiliser et, après « "
            "Sinon », lequel prendre s’il tombe.",
            "Alles werkt. Elke kaart zegt welk kanaal te gebruiken en, na “Zo niet”,"
            " welk als het uitvalt.",
            "Alles geht. Jede Karte sagt, welcher Kanal zu nutzen ist und, nach "
            "„Sonst“, welcher, wenn er ausfällt.",
            "Everything works. Each card says which channel to use and, after "
            "“If that fails”, which one to take then.",
        ),
    ),
    TourStep(
        name="provider",
        lasts_s=40.0,
        play=_provider,
        words=told(
            "Panne chez Meta. COORDONNER · personnel quitte WhatsApp en quelques "
            "secondes et saute Messenger, tombé avec lui.",
            "Storing bij Meta. COÖRDINEREN · personeel verlaat WhatsApp binnen "
            "enkele seconden en slaat Messenger over, dat mee uitviel.",
            "Ausfall bei Meta. KOORDINIEREN · Personal verlässt WhatsApp in "
            "Sekunden und überspringt Messenger, der mit ausfiel.",
            "Meta fails. COORDINATE · staff leaves WhatsApp within seconds and "
            "skips Messenger, which fell with it.",
        ),
    ),
    TourStep(
        name="mains",
        lasts_s=75.0,
        play=_mains,
        words=told(
            "Panne de courant : un bandeau dit d’alerter maintenant. Le mât du SMS "
            "n’a que 40 secondes de batterie : ALERTER · direction passe au "
            "téléphone avant qu’il ne tombe.",
            "De stroom valt uit: een band zegt nu te alarmeren. De mast van de sms "
            "heeft maar 40 seconden batterij: ALARMEREN · directie gaat naar de "
            "telefoon voor hij uitvalt.",
            "Der Strom fällt aus: ein Band sagt, jetzt zu alarmieren. Der Mast der "
            "SMS hat nur für 40 Sekunden Batterie: ALARMIEREN · Leitung wechselt "
            "zum Telefon, bevor er ausfällt.",
            "The mains fail: a band says to alert now. The mast that SMS needs has "
            "40 seconds of battery: ALERT · management moves to the phones before "
            "it falls.",
        ),
    ),
    TourStep(
        name="intruder",
        lasts_s=45.0,
        play=_intruder,
        words=told(
            "Le courant est revenu, mais un intrus lit Signal : il fonctionne, et "
            "un bandeau hachuré dit de ne pas l’utiliser. COORDONNER · direction "
            "passe à Element.",
            "De stroom is terug, maar een indringer leest Signal: het werkt, en een"
            " gestreepte band zegt het niet te gebruiken. COÖRDINEREN · directie gaat "
            "naar Element.",
            "Der Strom ist wieder da, aber ein Eindringling liest Signal: es geht, "
            "und ein gestreiftes Band sagt, es nicht zu benutzen. KOORDINIEREN · "
            "Leitung wechselt zu Element.",
            "The mains are back, but an intruder reads Signal: it works, and a striped "
            "band says not to use it. COORDINATE · management moves to Element.",
        ),
    ),
    TourStep(
        name="line",
        lasts_s=50.0,
        play=_line,
        words=told(
            "Signal est de nouveau sûr, mais notre propre accès est hors service. Ce "
            "qui n’est vu qu’à travers lui est INCONNU, pas HORS SERVICE ; COORDONNER "
            "· direction passe au satellite.",
            "Signal is weer veilig, maar onze eigen verbinding is uitgevallen. Wat "
            "alleen daarlangs te zien is, is ONBEKEND, geen UITVAL; COÖRDINEREN · "
            "directie gaat naar de satelliet.",
            "Signal ist wieder sicher, aber unser eigener Anschluss ist "
            "ausgefallen. Was nur darüber zu sehen ist, ist UNBEKANNT, kein "
            "AUSFALL; KOORDINIEREN · Leitung wechselt zum Satelliten.",
            "Signal is safe again, but our own link is down. What is seen only "
            "through it is UNKNOWN, not DOWN; COORDINATE · management moves to the "
            "satellite phone.",
        ),
    ),
    TourStep(
        name="back",
        lasts_s=40.0,
        play=_back,
        words=told(
            "Notre accès est revenu. Chaque ligne retourne à son 1er choix quand il"
            " a tenu 15 secondes, pas avant.",
            "Onze verbinding is terug. Elke lijn keert terug naar haar 1e keuze "
            "zodra die 15 seconden standhoudt, niet eerder.",
            "Unser Anschluss geht wieder. Jede Zeile kehrt zur 1. Wahl zurück, "
            "sobald diese 15 Sekunden gehalten hat, nicht vorher.",
            "Our link is back. Each line returns to its 1st choice once that has "
            "held for 15 seconds, not before.",
        ),
    ),
)
END = told(
    "C’était tout. À vous de casser quelque chose : {command}",
    "Dat was het. Laat nu zelf iets uitvallen: {command}",
    "Das war es. Lassen Sie nun selbst etwas ausfallen: {command}",
    "That was it. Now break something yourself: {command}",
)


class Tour:
    """Player of the steps, each for its time or until `next`."""

    def __init__(self, steps: Sequence[TourStep] = STEPS) -> None:
        """Set the steps; `play` begins."""
        self._steps = steps
        self._paused = False
        self._skipped = False
        self._stirred = asyncio.Event()

    async def play(
        self, stage: TourStage, tell: Callable[[int, TourStep], None]
    ) -> None:
        """Play it to its end; then withdraw its distrust."""
        try:
            for number, step in enumerate(self._steps, 1):
                await step.play(stage)
                tell(number, step)
                await self._last(step.lasts_s)
        finally:
            await stage.trust(DISTRUSTED)

    def next(self) -> None:
        """Go to the next step now."""
        self._skipped = True
        self._stirred.set()

    def pause(self, *, paused: bool = True) -> None:
        """Pause at this step until `next`, or resume the clock."""
        self._paused = paused
        self._stirred.set()

    async def _last(self, seconds: float) -> None:
        """Wait until a step ends."""
        loop = asyncio.get_running_loop()
        ends_s = loop.time() + seconds
        while not self._skipped:
            left_s = None if self._paused else max(ends_s - loop.time(), 0.0)
            try:
                await asyncio.wait_for(self._stirred.wait(), left_s)
            except TimeoutError:
                return
            self._stirred.clear()
        self._skipped = False
        self._stirred.clear()
