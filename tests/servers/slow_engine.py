"""An engine that answers each request late: `python -m servers.slow_engine SECONDS`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from secours.cli import main
from secours.engine.control import requests
from secours.engine.control.requests import RequestTable

Answer = Callable[[Any], Awaitable[dict[str, Any]]]


def slowed(table: RequestTable, late_s: float) -> RequestTable:
    """Return what can be asked, answered so much later."""

    def late(answer: Answer) -> Answer:
        async def answered(asked: Any) -> dict[str, Any]:
            await asyncio.sleep(late_s)
            return await answer(asked)

        return answered

    return {kind: late(answer) for kind, answer in table.items()}


if __name__ == "__main__":
    late_s, serve = float(sys.argv[1]), requests.serve
    requests.serve = lambda folder, table, *how: serve(
        folder, slowed(table, late_s), *how
    )
    sys.argv[1:] = ["run"]
    main()
