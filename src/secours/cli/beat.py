"""Report in for a heartbeat probe, as the last line of the job that it watches.

NAME is a channel or component, or with several heartbeats `channel/probe`.
"""

import argparse

from secours.cli import plan_file
from secours.cli.refusal import Refused
from secours.config.reader.mistakes import shown, suggestion
from secours.message import BadValue, message, why_and_where
from secours.model.plan import Config
from secours.wire import heartbeats


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `beat`."""
    parser.add_argument("name", metavar="NAME", help="whom the sign of life is for")
    parser.add_argument(
        "--fail", action="store_true", help="say that it ran and did not go well"
    )
    plan_file.add_config(parser)


def run(args: argparse.Namespace) -> int:
    """Leave a sign of life."""
    known = _names(plan_file.config_in(args.config))
    if args.name not in known:
        name, meant = shown(args.name), suggestion(args.name, known)
        said = message("commands.no-such.heartbeat", name=name, meant=meant)
        raise Refused(said)
    try:
        heartbeats.write(args.name, failed=args.fail)
    except BadValue as error:
        raise Refused(message("commands.beat.failed", why=error.message)) from None
    except OSError as error:
        why = why_and_where(error)
        raise Refused(message("commands.beat.failed", why=why)) from None
    return 0


def _names(config: Config) -> dict[str, None]:
    """Return every name that a heartbeat of this plan goes by, the shortest first."""
    probes = (p for p in config.probes() if p.type == "heartbeat")
    names = (name for probe in probes for name in heartbeats.names(probe.id))
    return dict.fromkeys(sorted(names, key=len))
