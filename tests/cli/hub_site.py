"""A Secours of a site or of the province, beside a hub of a test."""

from pathlib import Path

from servers.command import Command
from servers.hub_server import OFFICE

from secours.sites.hub.folder import PROVINCE, HubFolder, file_of

PLAN = """
site: {{name: {site}, language: en}}
probing: {{interval: 300ms, watch_every: 300ms, retry_every: 100ms, timeout: 5s}}
sites: {{name: {name}, hub: "{hub}", credentials: "${{file:nats}}"}}
components:
  carrier:a: {{label: Carrier A}}
channels:
  sms:
    how: Write
    purposes: [alert]
    depends_on: [carrier:a]
    probes: [{{type: plugin, command: [echo, fine]}}]
plan:
  - {{purpose: alert, audience: people, primary: sms}}
"""


LIEGE, DISON = "Province de Liège", "dison"


class Site(Command):
    """A Secours in a folder of its own, with what the hub made for it."""

    def __init__(self, folder: Path, hub: HubFolder, name: str, site: str) -> None:
        folder.mkdir()
        (folder / "run").mkdir(mode=0o700)
        super().__init__(folder)
        file = PROVINCE if name == OFFICE else f"sites/{file_of(name)}"
        made = folder / "nats"
        made.write_text((hub.path / file).read_text())
        made.chmod(0o600)
        self._about = {"name": name, "site": site, "hub": hub.roster().urls[0]}
        self.plan(self.written())

    def written(self) -> str:
        return PLAN.format(**self._about)
