"""A real server in a namespace of its own that can be switched off, silenced, slowed.

It keeps its address and port through all of it.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import Any

from servers.namespace import Network

Start = Callable[[], AbstractAsyncContextManager[Any]]


class Faulty:
    """One server; `start` starts it anew each time that it is switched on."""

    def __init__(self, network: Network, name: str, start: Start) -> None:
        """Keep a thread in its namespace, from which it is started and stopped."""
        self._network, self._name, self._start = network, name, start
        self._thread = ThreadPoolExecutor(
            1, initializer=network.enter, initargs=(name,)
        )
        self._runner = asyncio.Runner()
        self._life = AsyncExitStack()

    async def switch_on(self) -> None:
        """Start it; when this returns it accepts connections."""
        await self._do(self._life.enter_async_context(self._start()))

    async def switch_off(self) -> None:
        """End it; when this returns nobody listens there."""
        await self._do(self._life.aclose())

    def silence(self) -> None:
        """Stop its processes: connections are taken by the kernel, nobody answers."""
        stopped: set[int] = set()
        while more := set(self._network.processes(self._name)) - stopped:
            stopped |= more  # it may have started one meanwhile
            _signal(more, signal.SIGSTOP)

    def wake(self) -> None:
        """Let its processes go on."""
        _signal(self._network.processes(self._name), signal.SIGCONT)

    async def end(self) -> None:
        """End it for good."""
        self.wake()
        await self.switch_off()
        await asyncio.wrap_future(self._thread.submit(self._runner.close))
        self._thread.shutdown()

    async def _do(self, what: Coroutine[Any, Any, Any]) -> None:
        await asyncio.wrap_future(self._thread.submit(self._runner.run, what))


def _signal(processes: Iterable[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)
