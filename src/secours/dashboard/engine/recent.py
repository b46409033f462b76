"""Cache of recently read values, for all viewers."""

import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Cache of values that expire after some seconds."""

    def __init__(self, longest_s: float) -> None:
        self.longest_s = longest_s
        self._reading = Lock()
        self._read: dict[Key, tuple[float, Value]] = {}  # and when, by a steady clock

    def get(self, key: Key, read: Callable[[], Value]) -> Value:
        """Return the value of a key, read if expired; exceptions are not cached."""
        with self._reading:
            now_s = time.monotonic()
            since_s = now_s - self.longest_s
            for old in [k for k, (at_s, _) in self._read.items() if at_s < since_s]:
                del self._read[old]
            if key not in self._read:
                self._read[key] = now_s, read()
            return self._read[key][1]

    def forget(self) -> None:
        """Drop all values."""
        with self._reading:
            self._read.clear()
