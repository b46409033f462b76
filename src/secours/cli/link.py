"""Print the links that open the screens of `up`, or the plain page of `run --http`.

The first is for whoever runs Secours here, and may act; the second shows the wall and
nothing else, for the command of a kiosk. The token is for a second Secours that stands
by for this one (`--follow`): it reads all and can do nothing. The key is for an SMS
gateway that hands over text messages, and for nothing else. Who has one of them may
come in: keep them as you would a password. A data folder without a token gets one now,
and asks for it from then on.
"""

import argparse

from secours import places, texts
from secours.cli import arguments, plan_file, printing, prose, up
from secours.cli.refusal import Refused, language_of_site
from secours.engine import access_token
from secours.engine.published import screens_file
from secours.engine.published.screens_file import ADDRESS, PORT, ScreensAddress
from secours.message import message, why_and_where


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `link`."""
    plan_file.add_config(parser)
    parser.add_argument(
        "--address",
        help=f"where the screens listen (default: where they do, else {ADDRESS})",
    )
    parser.add_argument(
        "--port",
        type=arguments.port,
        help=f"the port of the screens (default: theirs, else {PORT})",
    )
    arguments.add_base_path(parser)


def run(args: argparse.Namespace) -> int:
    """Print them."""
    folder = places.data_dir()
    places.keep_private(folder)
    try:
        token = access_token.make(folder)
    except OSError as error:
        why = why_and_where(error)
        raise Refused(message("commands.link.failed", why=why)) from None
    language = language_of_site(args)
    site = _site(args, language)
    screen = f"{site}/wall?token={access_token.of_screen(token)}"
    for slug, url in (
        ("commands.link.person", f"{site}/?token={token}"),
        ("commands.link.screen", screen),
    ):
        printing.lines([texts.in_words(language, message(slug, url=url))])
    standby = message("commands.link.standby", token=access_token.of_standby(token))
    key = message("commands.link.gateway", key=access_token.of_gateway(token))
    printing.lines([texts.in_words(language, each) for each in (standby, key)])
    return 0


def _site(args: argparse.Namespace, language: str) -> str:
    """Return the address of the screens: given, running, or usual with a warning."""
    folder = places.found_runtime_dir()
    address = screens_file.read(folder) if folder else None
    if address is None and not (args.address or args.port):
        none_served = message("commands.link.none-served", command="secours up")
        prose.warn(texts.in_words(language, none_served))
    usual = address or ScreensAddress(address=ADDRESS, port=PORT)
    return up.site_address(
        args.address or usual.address,
        args.port or usual.port,
        args.base_path or usual.base_path,
    )
