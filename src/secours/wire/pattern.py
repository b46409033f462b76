"""Patterns of people, searched for in the words of peers: `expect` and its like.

The dialect is RE2's, which takes linear time on any answer. Patterns that RE2 refuses
and Python takes (lookaround, backreferences) can take for ever: they are searched for
in a process of its own, with a deadline.

Source: RE2, "Syntax" (the dialect).
"""

import asyncio
import re
import sys
import warnings
from contextlib import suppress
from functools import lru_cache
from typing import Any

from msgspec import Struct

from secours.message import BadValue, Message, message
from secours.model.observed import Reason, unknown
from secours.model.runs import Stop
from secours.wire.option_checks import check_port

SEARCHED_BYTES = 1 << 12  # of an answer, from its beginning; what follows is not read
MEMORY_BYTES = 1 << 20  # for a pattern and its search, so that either is short
DEADLINE_S = 2.0
FOUND, NOT_FOUND = 10, 11  # exit codes, which an exception has not
SEARCH = f"""
import json, os, re, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (4, 4))
os.nice(5)
pattern, texts = json.load(sys.stdin)
sys.exit({FOUND} if any(re.search(pattern, t) for t in texts) else {NOT_FOUND})
"""


class Pattern:
    """A regular expression; `refused` is RE2's error, if any."""

    def __init__(self, expect: str) -> None:
        """Compile it; raise ValueError if invalid in both dialects, with the place."""
        self._text = expect
        self._compiled, self.refused = _compiled(expect)
        if self.refused:
            try:
                with warnings.catch_warnings(action="ignore"):  # of what it may mean
                    re.compile(expect)
            except (re.error, OverflowError, RecursionError) as error:
                slug, said = "plan.option.no-pattern", str(error)
                raise BadValue(slug, option="expect", said=said) from None

    async def found_in(self, answer: bytes | str) -> bool:
        """Search the beginning of an answer.

        Bytes are searched as UTF-8 and one by one, so that any byte can be found; with
        and without a line feed at their end, so that `$` also stands before it.

        Raises:
            Stop: the search of a pattern outside RE2 was cut off, or impossible.
        """
        texts = _texts(answer[:SEARCHED_BYTES])
        if self._compiled is None:
            return await _search_apart(self._text, texts)
        return any(self._compiled.search(text) for text in texts)


class ExpectOptions(Struct, frozen=True, kw_only=True):
    """Address, text to send, and pattern of the answer."""

    host: str
    """Name or address to connect to."""
    port: int
    """Port to connect to."""
    send: str = ""
    """Text that is sent first; empty for nothing."""
    expect: str | None = None
    """Regular expression (RE2) that the answer has to match somewhere."""

    def __post_init__(self) -> None:
        check_port(self.port)
        if self.expect is not None:
            Pattern(self.expect)

    def warnings(self) -> tuple[Message, ...]:
        """Return advice on it."""
        said = advice("expect", self.expect)
        return (said,) if said else ()


def advice(option: str, expect: str | None) -> Message | None:
    """Warn of a pattern that costs a process at each search, with the option's name."""
    refused = Pattern(expect).refused if expect is not None else ""
    if not refused:
        return None
    said = {"option": option, "limit": f"{DEADLINE_S:g}", "said": refused}
    return message("plan.advice.pattern", **said)


@lru_cache(maxsize=256)
def _compiled(expect: str) -> tuple[Any, str]:
    """Return the pattern compiled by RE2, or its error."""
    import re2  # only where there is a pattern: `check` starts light

    options = re2.Options()
    options.max_mem = MEMORY_BYTES
    options.log_errors = False
    try:
        return re2.compile(expect, options), ""
    except re2.error as error:
        said = error.args[0]
        return None, said.decode("utf-8", "replace") if said else "RE2"


def _texts(answer: bytes | str) -> list[str]:
    """Return the texts to search, each form once."""
    if isinstance(answer, str):
        forms = [answer]
    else:
        forms = [answer.decode("utf-8", "replace"), answer.decode("latin")]
    return list(dict.fromkeys([*forms, *(text.removesuffix("\n") for text in forms)]))


async def _search_apart(pattern: str, texts: list[str]) -> bool:
    import json  # of all searches the fewest are made apart

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-c", SEARCH),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(DEADLINE_S):
            await process.communicate(json.dumps([pattern, texts]).encode())
    except (TimeoutError, asyncio.CancelledError):  # nothing is known of the answer
        facts = {"problem": "search-too-slow", "what": "expect"}
        raise Stop(unknown(Reason.BROKEN, **facts)) from None
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode not in (FOUND, NOT_FOUND):
        raise Stop(unknown(Reason.BROKEN, what="expect"))
    return process.returncode == FOUND
