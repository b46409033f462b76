"""An engine that answers each request late: `python -m servers.slow_engine SECONDS`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from secours.cli import main
from secours.engine.control import requests
from secours.engine.control.requests import RequestKind

Answer = Callable[[Any], Awaitable[dict[str, Any]]]


def slowed(kinds: Mapping[str, RequestKind], late_s: float) -> dict[str, RequestKind]:
    """Return what can be asked, answered so much later."""

    def late(answer: Answer) -> Answer:
        async def answered(asked: Any) -> dict[str, Any]:
            await asyncio.sleep(late_s)
            return await answer(asked)

        return answered

    return {
        name: kind._replace(answer=late(kind.answer)) for name, kind in kinds.items()
    }


if __name__ == "__main__":
    late_s, serve = float(sys.argv[1]), requests.serve
    requests.serve = lambda folder, kinds, *how: serve(
        folder, slowed(kinds, late_s), *how
    )
    sys.argv[1:] = ["run"]
    main()
