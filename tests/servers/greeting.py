"""A server that greets whoever connects: more than that something listens."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

GREETING = b"220 ready\r\n"
EXPECT = "^220 "


class _Greeter(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.sendall(GREETING)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def greeting(port: int = 0) -> Iterator[int]:
    """Greet on a port of loopback, any free one for 0; give its number."""
    with _Server(("127.0.0.1", port), _Greeter) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            serving.join()
