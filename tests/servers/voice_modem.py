"""A modem on a pseudo-terminal that calls and is called, by the standard.

    async with running(VoiceModem()) as modem: ...

What a test makes of its call: `alert`, `answer`, `end("BUSY", "17, user busy")`; `ring`
lets it be called, `stop_ringing` ends that. `dialled` tells a test of a number. To
break it: `table`, `mute`, `dial_reply` instead of OK.

Source: 3GPP TS 27.007 sections 7.18 (+CLCC), 7.6 (+CLIP), 6.5 (+CHUP), 7.13 (+CHLD).
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from servers.pty_modem import Prompt, PtyModem, Reply

HOME: dict[str, Reply] = {"AT+CPIN?": "+CPIN: READY", "AT+CREG?": "+CREG: 0,1"}
DIALING, ALERTING, ACTIVE, INCOMING = 2, 3, 0, 4
WAIT_S = 30.0


class VoiceModem(PtyModem):
    """A modem, registered at home."""

    def __init__(self, table: Mapping[str, Reply] | None = None) -> None:
        super().__init__({**HOME, **(table or {})})
        self.calls: dict[int, list[Any]] = {}  # direction, state and number by index
        self.dial_reply: Reply = ""
        self.lists = True  # whether it knows +CLCC
        self.lists_callers = True
        self.shows_callers = False
        self.report = ""
        self.dialled: Callable[[str], None] = lambda number: None
        self.hung_up: Callable[[], None] = lambda: None
        self._changed = asyncio.Event()

    def reply(self, command: str) -> Reply | Prompt:
        """Answer the commands for calls, and the others from the table."""
        self._changed.set()
        if command.startswith("ATD"):
            return self._dial(command.removeprefix("ATD"))
        match command:
            case "AT+CLCC" if self.lists:
                return "\n".join(self._listed())
            case "AT+CHUP" | "ATH" if command not in self.table:
                self._drop(list(self.calls))
                return ""
            case "AT+CLIP=1":
                self.shows_callers = True
                return ""
            case "AT+CEER":
                return f"+CEER: {self.report}" if self.report else "ERROR"
        if command.startswith("AT+CHLD=1"):
            self._drop([int(command.removeprefix("AT+CHLD=1"))])
            return ""
        return super().reply(command)

    def _dial(self, text: str) -> Reply:
        if not text.endswith(";"):
            return "NO CARRIER"
        if self.dial_reply == "":
            self.calls[self._free()] = [0, DIALING, text[:-1]]
            asyncio.get_running_loop().call_soon(self.dialled, text[:-1])
        return self.dial_reply

    def _free(self) -> int:
        return next(n for n in range(1, 8) if n not in self.calls)

    def _drop(self, numbers: list[int]) -> None:
        for number in numbers:
            if self.calls.pop(number)[0] == 0:
                self.hung_up()

    def _listed(self) -> list[str]:
        return [
            f"+CLCC: {n},{way},{state},0,0"
            + (f',"{number}",145' if number and self.lists_callers else "")
            for n, (way, state, number) in self.calls.items()
        ]

    def _ours(self) -> list[Any]:
        return next(call for call in self.calls.values() if call[0] == 0)

    def alert(self) -> None:
        """Let the called telephone ring."""
        self._ours()[1] = ALERTING

    def answer(self) -> None:
        """Let somebody take our call."""
        self._ours()[1] = ACTIVE

    def end(self, result: str = "NO CARRIER", report: str = "") -> None:
        """End our call from the network."""
        self.calls = {n: call for n, call in self.calls.items() if call[0]}
        self.report = report
        self.say(f"\r\n{result}\r\n".encode())

    def ring(self, number: str) -> int:
        """Be called; return the place of the call."""
        place = self._free()
        self.calls[place] = [1, INCOMING, number]
        self.ring_again(number)
        return place

    def ring_again(self, number: str) -> None:
        """Say RING, with the caller where that was asked for."""
        shown = (
            f'\r\n+CLIP: "{number}",145,,,,0\r\n'
            if number and self.shows_callers
            else ""
        )
        self.say(f"\r\nRING\r\n{shown}".encode())

    def stop_ringing(self, place: int) -> None:
        """End an incoming call from the network."""
        self.calls.pop(place, None)
        self.say(b"\r\nNO CARRIER\r\n")

    async def came(self, command: str, times: int = 1) -> None:
        """Wait until a command came so often."""
        async with asyncio.timeout(WAIT_S):
            while sum(each.startswith(command) for each in self.heard) < times:
                self._changed.clear()
                await self._changed.wait()
