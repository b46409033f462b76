"""Budget of frames and bytes for each websocket, before Streamlit sees them.

A page of ours sends a frame every five seconds, and one for each press. A client that
sends more than ten a second, thirty at once, or too many bytes, is disconnected; so is
one that does not read what it is sent. Pings count like other frames.

Source: RFC 6455, sections 5.2 (opcodes) and 7.4.1 (codes).
"""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

FRAMES_PER_S, FRAMES_AT_ONCE = 10.0, 30.0
BYTES_PER_S, BYTES_AT_ONCE = 1 << 16, 1 << 18
PIECE_BYTES = 1 << 12  # parsed at a time
TOO_MUCH, CLOSE = 1008, 0x8
GOODBYE_S = 1.0  # to take the code and hang up


class Allowance:
    """Token bucket: a rate, and a burst after a pause."""

    def __init__(self, per_s: float, at_once: float) -> None:
        self._per_s, self._at_once = per_s, at_once
        self._left, self._at_s = at_once, 0.0

    def take(self, amount: float, now_s: float) -> float:
        """Take an amount; return the seconds until the rate allows it, 0.0 for now."""
        gained = self._per_s * (now_s - self._at_s)
        self._left = min(self._at_once, self._left + gained) - amount
        self._at_s = now_s
        return max(0.0, -self._left / self._per_s)


class PageSocket(WebSocketsSansIOProtocol):
    """A websocket of uvicorn that is closed when it exceeds its budget."""

    _is_over = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn.max_message_size = BYTES_AT_ONCE
        self._frames = Allowance(FRAMES_PER_S, FRAMES_AT_ONCE)
        self._bytes = Allowance(BYTES_PER_S, BYTES_AT_ONCE)

    def data_received(self, data: bytes) -> None:
        """Read bytes piece by piece while they are within the budget."""
        for start in range(0, len(data), PIECE_BYTES):
            if self._is_over:
                return
            piece = data[start : start + PIECE_BYTES]
            if self._bytes.take(len(piece), self.loop.time()):
                self._hang_up()
            else:
                super().data_received(piece)

    def handle_events(self) -> None:
        """Pass frames on while they are within the budget."""
        frames = sum(
            getattr(event, "opcode", CLOSE) != CLOSE for event in self.conn.events
        )
        if self._frames.take(frames, self.loop.time()):
            self._hang_up()
        else:
            super().handle_events()

    def keepalive_timeout(self) -> None:
        """Close the connection of a client that does not read."""
        super().keepalive_timeout()
        self.transport.abort()

    def _hang_up(self) -> None:
        self._is_over = True
        self.stop_keepalive()
        self.transport.resume_reading()
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": TOO_MUCH})
        is_open = self.conn.state.name == "OPEN"  # it may have said its farewell
        if self.close_sent or not self.handshake_complete or not is_open:
            self.transport.abort()
            return
        self.conn.send_close(TOO_MUCH)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = self.disconnected = True
        self.close_timer = self.loop.call_later(GOODBYE_S, self.transport.abort)
