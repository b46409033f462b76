"""A resolver of the system that answers nobody."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def silent_resolver() -> Iterator[threading.Event]:
    """Let the system's lookups hang inside; the event is set by the first."""
    asked, over = threading.Event(), threading.Event()
    real = socket.getaddrinfo

    def hang(*asked_for: Any, **options: Any) -> object:
        if options.get("flags"):  # an address is read
            return real(*asked_for, **options)
        asked.set()
        over.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "silent")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("secours.wire.net.resolver.socket.getaddrinfo", hang)
        try:
            yield asked
        finally:
            over.set()
