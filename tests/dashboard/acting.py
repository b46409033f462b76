"""A small town with a real engine, for what people do to it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.served import SRC
from servers.greeting import EXPECT, greeting

from secours import places
from secours.engine.published import snapshot_file
from secours.engine.store.reader import HistoryReader, JournalEntry
from secours.engine.store.verify import await_written

WRITTEN_WITHIN_S = 60.0
TESTS = Path(__file__).parents[1]

PLAN = """\
site: {{name: Exempleville, language: fr, timezone: Europe/Brussels}}
probing: {{interval: 1s, watch_every: 1s, retry_every: 200ms, timeout: 2s}}
components:
  identity:ad: {{label: Annuaire}}
channels:
  teams:
    label: Teams
    purposes: [coordinate]
    depends_on: [identity:ad]
    probes: [{{type: tcp, host: 127.0.0.1, port: {port}, expect: '{expect}'}}]
  mail:
    label: Courriel
    purposes: [coordinate]
    depends_on: [identity:ad]
    probes: [{{type: tcp, host: 127.0.0.1, port: {port}, expect: '{expect}'}}]
  sms:
    label: SMS
    purposes: [alert, coordinate]
    depends_on: []
    probes: [{{type: tcp, host: 127.0.0.1, port: {port}, expect: '{expect}'}}]
  radio: {{label: Radio, purposes: [alert], depends_on: []}}
plan:
  - purpose: alert
    audience: staff
    primary: sms
    alternate: radio
    last_resort: Envoyer un agent
  - purpose: coordinate
    audience: management
    primary: teams
    alternate: mail
    contingency: sms
    last_resort: Salle de crise
notify:
  to: {{duty: {{targets: [bell]}}}}
  targets: {{bell: {{command: [/bin/cat], depends_on: []}}}}
  on: [own-link]
  held: false
"""


@contextmanager
def town(rooms: Path, more: str = "", late_s: float = 0.0) -> Iterator[None]:
    """Run its engine while inside; its channels work. `more` is added to its plan.

    `late_s` is how much later than at once it answers what it is asked.
    """
    slow = ["servers.slow_engine", str(late_s)]
    with greeting() as port:
        plan = PLAN.format(port=port, expect=EXPECT) + more
        (rooms / "probes.yaml").write_text(plan, "utf-8")
        engine = subprocess.Popen(
            [sys.executable, "-m", *(slow if late_s else ["secours", "run"])],
            cwd=rooms,
            env={**os.environ, "PYTHONPATH": f"{SRC}:{TESTS}"},
        )
        try:
            yield
        finally:
            engine.terminate()
            engine.wait()


def journal() -> list[JournalEntry]:
    """Return what the engine wrote down, newest first: all that it has published.

    It answers before a slow disk has it.
    """
    published = snapshot_file.read(places.runtime_dir())[0]
    with HistoryReader(places.data_dir()) as reader:
        await_written(reader, published, WRITTEN_WITHIN_S)
        return reader.journal()
