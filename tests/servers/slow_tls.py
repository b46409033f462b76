"""TLS servers on loopback that are slow with their half of the handshake.

They run in threads: what the test's own loop does must not change what they do.
"""

import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

PATIENCE_S = 30.0


@contextmanager
def slow_tls(
    tls: ssl.SSLContext,
    wait: Callable[[], object],
    answered: Callable[[], None] = lambda: None,
) -> Iterator[int]:
    """Accept, and answer each client's half of the handshake once `wait` returns.

    Then `answered` is called, and nothing is said any more, not even goodbye to a
    client that says it.
    """
    tls.num_tickets = 0  # they would be words after the handshake
    over = threading.Event()
    threads: list[threading.Thread] = []

    def accept() -> None:
        with suppress(OSError):
            while not over.is_set():
                client, _ = listening.accept()
                serve = partial(_serve, client, tls, wait, answered, over)
                threads.append(threading.Thread(target=serve))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)
            for thread in (accepting, *threads):
                thread.join(PATIENCE_S)


def _serve(
    client: socket.socket,
    tls: ssl.SSLContext,
    wait: Callable[[], object],
    answered: Callable[[], None],
    over: threading.Event,
) -> None:
    with suppress(OSError), client:
        wait()
        if over.is_set():
            return
        with tls.wrap_socket(
            client, server_side=True, do_handshake_on_connect=False
        ) as secure:
            _shake_hands(secure, answered)
            over.wait(PATIENCE_S)


def _shake_hands(secure: ssl.SSLSocket, answered: Callable[[], None]) -> None:
    select.select([secure], [], [], PATIENCE_S)
    secure.settimeout(0)
    with suppress(ssl.SSLWantReadError):  # the answer is sent, the client's turn
        secure.do_handshake()
    answered()
    secure.settimeout(PATIENCE_S)
    secure.do_handshake()
