"""Sockets of the screens: opened here or passed by systemd, with all of `localhost`.

A browser that is told `localhost` asks 127.0.0.1 or [::1]. Another user of the machine
who listened on the other one would be sent tokens and cookies: so we have both.
"""

import argparse
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from secours import texts
from secours.cli import prose
from secours.cli.refusal import Refused, cannot_listen
from secours.message import message, why
from secours.wire.net.addresses import is_loopback
from secours.wire.net.server_socket import NO_IPV6, listen, passed, rest_of_localhost


@contextmanager
def with_localhost(
    opened: Sequence[socket.socket], language: str
) -> Iterator[tuple[socket.socket, ...]]:
    """Listen on these and the rest of `localhost`; warn where that is in use."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(each) for each in opened]
        port = listeners[0].getsockname()[1]
        addresses = {each.getsockname()[0] for each in listeners}
        for address in rest_of_localhost(addresses):
            try:
                listeners.append(stack.enter_context(listen(address, port)))
            except OSError as error:
                if error.errno not in NO_IPV6:
                    facts = {"address": address, "port": str(port), "why": why(error)}
                    sentence = message("commands.localhost", **facts)
                    prose.warn(texts.in_words(language, sentence))
        yield tuple(listeners)


def of_systemd(args: argparse.Namespace) -> list[socket.socket]:
    """Return the sockets passed by systemd, the one that is for others first.

    `args` gets their address and port.

    Raises:
        Refused: they are of several ports, or of several addresses for others.
    """
    sockets = sorted(passed(), key=_is_ours)
    ports = {each.getsockname()[1] for each in sockets}
    if len(ports) > 1 or not all(map(_is_ours, sockets[1:])):
        raise Refused(message("commands.sockets", n=len(sockets)))
    if sockets:
        args.address, args.port, *_ = sockets[0].getsockname()
    return sockets


def _is_ours(held: socket.socket) -> bool:
    return is_loopback(held.getsockname()[0])


def opened(address: str, port: int) -> socket.socket:
    """Open the socket of the screens, exclusively while we live, or raise Refused."""
    try:
        return listen(address, port)
    except OSError as error:
        taken = cannot_listen(address, port, error)
        raise Refused(message("commands.cannot-listen.choose", what=taken)) from None


def opened_at_will(address: str, port: int | None, usual: int) -> socket.socket:
    """Open it on the port asked for, or the usual one, else on any."""
    if port:
        return opened(address, port)
    try:
        return opened(address, usual)
    except Refused:
        return opened(address, 0)
