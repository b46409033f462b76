"""How much a page may say over its websocket, counted before anything else sees it.

A page of ours says one thing in five seconds, and what a person presses. Who says more
than ten a second, thirty at once, or says it at length, is hung up on; so is who takes
nothing of what it is told. Pings count as all else does.

Source: RFC 6455, sections 5.2 (opcodes) and 7.4.1 (codes).
"""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

FRAMES_PER_S, FRAMES_AT_ONCE = 10.0, 30.0
BYTES_PER_S, BYTES_AT_ONCE = 1 << 16, 1 << 18
PIECE_BYTES = 1 << 12  # looked at before more is taken apart
TOO_MUCH, CLOSE = 1008, 0x8
GOODBYE_S = 1.0  # to take the code and hang up


class Allowance:
    """So much a second, and so much at once of who said nothing for a while."""

    def __init__(self, per_s: float, at_once: float) -> None:
        """Begin with all that may come at once."""
        self._per_s, self._at_once = per_s, at_once
        self._left, self._at_s = at_once, 0.0

    def take(self, amount: float, now_s: float) -> float:
        """Take so much; return how long it is until that is due, 0.0 if it is."""
        gained = self._per_s * (now_s - self._at_s)
        self._left = min(self._at_once, self._left + gained) - amount
        self._at_s = now_s
        return max(0.0, -self._left / self._per_s)


class PageSocket(WebSocketsSansIOProtocol):
    """A websocket, as uvicorn makes it, of which too much is not heard."""

    _is_over = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with nothing said."""
        super().__init__(*args, **kwargs)
        self.conn.max_message_size = BYTES_AT_ONCE
        self._frames = Allowance(FRAMES_PER_S, FRAMES_AT_ONCE)
        self._bytes = Allowance(BYTES_PER_S, BYTES_AT_ONCE)

    def data_received(self, data: bytes) -> None:
        """Take some of what is said, for as long as it is not too much."""
        for start in range(0, len(data), PIECE_BYTES):
            if self._is_over:
                return
            piece = data[start : start + PIECE_BYTES]
            if self._bytes.take(len(piece), self.loop.time()):
                self._hang_up()
            else:
                super().data_received(piece)

    def handle_events(self) -> None:
        """Pass on what came, unless it is too much."""
        frames = sum(
            getattr(event, "opcode", CLOSE) != CLOSE for event in self.conn.events
        )
        if self._frames.take(frames, self.loop.time()):
            self._hang_up()
        else:
            super().handle_events()

    def keepalive_timeout(self) -> None:
        """Hang up on who takes nothing, and so has not heard that we ask."""
        super().keepalive_timeout()
        self.transport.abort()

    def _hang_up(self) -> None:
        self._is_over = True
        self.stop_keepalive()
        self.transport.resume_reading()
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": TOO_MUCH})
        if self.close_sent or not self.handshake_complete:
            self.transport.abort()
            return
        self.conn.send_close(TOO_MUCH)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = self.disconnected = True
        self.close_timer = self.loop.call_later(GOODBYE_S, self.transport.abort)
