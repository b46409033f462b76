"""A path whose interface is not there is our own link, and that is said."""

import pytest
from engine.town import Town

from secours.model.observed import Reason
from secours.model.snapshot import Link, Snapshot, State

PLAN = """\
probing: {{interval: 200ms, retry_every: 50ms, timeout: 2s}}
paths:
  lan:
    {bound}
    references:
      - {{type: tls, host: 192.0.2.1}}
      - {{type: dns, server: 192.0.2.53, name: a.invalid, expect: 192.0.2.2}}
channels:
  mail:
    how: Write
    purposes: [coordinate]
    probes: [{{type: tcp, host: 192.0.2.3, port: 25, expect: ok, via: lan}}]
plan:
  - {{purpose: coordinate, audience: management, primary: mail}}
"""


def _judged(snapshot: Snapshot, _age_s: float) -> bool:
    return snapshot.paths[0].state is not Link.UNKNOWN


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("bound", ["interface: gone0", "source: 198.51.100.7"])
async def test_an_interface_that_is_missing_is_our_own_link_down(
    town: Town, bound: str
) -> None:
    town.plan.write_text(PLAN.format(bound=bound))
    town.start()

    snapshot = await town.until(_judged)

    assert snapshot.paths[0].state is Link.DOWN
    standing = snapshot.channel("mail").standing
    assert (standing.state, standing.reason) == (State.UNKNOWN, Reason.OWN_LINK)
