"""Report in for a heartbeat probe, as the last line of the job that it watches.

NAME is a channel or component, or with several heartbeats `channel/probe`. From another
machine say where with --to, and have the token in $SECOURS_BEAT_TOKEN.
"""

import argparse
import asyncio
import os
from urllib.parse import quote

from secours import texts
from secours.cli import plan_file
from secours.cli.refusal import Refused, language_of_site, no_such
from secours.message import BadValue, Fact, message, why_and_where
from secours.model.observed import Outcome, Reason, unknown
from secours.model.plan import Config
from secours.model.runs import Stop
from secours.wire import heartbeats

LIMIT_S = 20.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `beat`."""
    parser.add_argument("name", metavar="NAME", help="whom the sign of life is for")
    parser.add_argument(
        "--fail", action="store_true", help="say that it ran and did not go well"
    )
    parser.add_argument(
        "--to",
        metavar="URL",
        help="send it to the Secours there, such as https://secours.example",
    )
    plan_file.add_config(parser)


def run(args: argparse.Namespace) -> int:
    """Send a sign of life."""
    if args.to:
        refused = asyncio.run(_send(args.to, args.name, failed=args.fail))
        if refused is not None:
            language = language_of_site(args)
            raise _failed(texts.detail(language, refused.reason, refused.facts))
        return 0
    known = _names(plan_file.config_in(args.config))
    if args.name not in known:
        raise Refused(no_such("commands.no-such.heartbeat", args.name, known))
    try:
        heartbeats.write(args.name, failed=args.fail)
    except BadValue as error:
        raise _failed(error.message) from None
    except OSError as error:
        raise _failed(why_and_where(error)) from None
    return 0


async def _send(to: str, name: str, *, failed: bool) -> Outcome | None:
    """Send it over HTTP; return the failure, if any."""
    from secours.wire.http import client  # which a beat of this machine needs not

    where = f"{to.rstrip('/')}{heartbeats.ADDRESS}{quote(name)}"
    url = f"{where}?fail" if failed else where
    headers = {heartbeats.HEADER: heartbeats.SENT}
    if token := os.environ.get(heartbeats.TOKEN):
        headers["Authorization"] = f"Bearer {token}"
    try:
        async with asyncio.timeout(LIMIT_S):
            answer = await client.ask("POST", url, headers=headers)
    except Stop as stop:
        return stop.outcome
    except TimeoutError:
        return unknown(Reason.TIMEOUT, timeout_s=LIMIT_S)
    except OSError as error:
        raise _failed(why_and_where(error)) from None
    return None if answer.status == 200 else client.refusal(answer)


def _failed(why: Fact) -> Refused:
    return Refused(message("commands.beat.failed", why=why))


def _names(config: Config) -> dict[str, None]:
    """Return all names of the plan's heartbeats, the shortest first."""
    probes = (p for p in config.probes() if p.type == "heartbeat")
    names = (name for probe in probes for name in heartbeats.names(probe.id))
    return dict.fromkeys(sorted(names, key=len))
