"""A small town with a real engine beside its dashboard, for what people do to it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.served import Dashboard, dashboard

from secours import places
from secours.engine.history import Entry, Reader

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
    probes: [{{type: tcp, host: 127.0.0.1, port: {port}}}]
  mail:
    label: Courriel
    purposes: [coordinate]
    depends_on: [identity:ad]
    probes: [{{type: tcp, host: 127.0.0.1, port: {port}}}]
  sms:
    label: SMS
    purposes: [alert, coordinate]
    probes: [{{type: tcp, host: 127.0.0.1, port: {port}}}]
  radio: {{label: Radio, purposes: [alert]}}
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
"""


class _Listening(socketserver.ThreadingTCPServer):
    daemon_threads = True


@contextmanager
def town(rooms: Path, **env: str) -> Iterator[Dashboard]:
    """Serve it while inside; its channels work."""
    with _Listening(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        (rooms / "probes.yaml").write_text(PLAN.format(port=port), "utf-8")
        with dashboard(rooms, None, **env) as running:
            yield running
        server.shutdown()


def journal() -> list[Entry]:
    """Return what the engine wrote down, newest first."""
    with Reader(places.data_dir()) as reader:
        return reader.journal()
