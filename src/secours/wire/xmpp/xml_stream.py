"""Stream of XML from an untrusted peer, parsed as it comes.

Source: RFC 6120 sections 4.1 (streams) and 11.1 (no DTD, so no entities).
"""

from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from secours.wire.progress import Nonsense

STREAMS = "{http://etherx.jabber.org/streams}"
LONGEST_BYTES = 1 << 16  # of one stream: nothing but a login is ever asked for
MOST_ELEMENTS = 2048
DEEPEST = 32


class Elements:
    """Splits a stream into the elements directly below its root."""

    def __init__(self) -> None:
        self.ready: list[Element] = []
        self.closed = False
        self._depth = self._heard = self._count = 0
        self._builder = TreeBuilder()
        parser = self._parser = expat.ParserCreate("UTF-8", "}")  # RFC 6120, 11.6
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, chunk: bytes) -> None:
        """Parse a chunk; raise Nonsense for what a stream may not hold."""
        self._heard += len(chunk)
        if self._heard > LONGEST_BYTES:
            raise Nonsense(problem="endless-answer")
        try:
            self._parser.Parse(chunk, False)
        except expat.ExpatError:
            raise Nonsense(problem="no-xml") from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = f"{{{name}" if "}" in name else name
        self._depth += 1
        self._count += 1
        if self._depth == 1 and name != f"{STREAMS}stream":
            raise Nonsense(problem="no-xmpp-stream")
        if self._depth > DEEPEST or self._count > MOST_ELEMENTS:
            raise Nonsense(problem="endless-answer")
        if self._depth > 1:
            self._builder.start(name, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth >= 1:
            self._builder.end(f"{{{name}" if "}" in name else name)
        if self._depth == 1:
            self.ready.append(self._builder.close())
            self._builder = TreeBuilder()
        self.closed = self._depth == 0

    def _text(self, text: str) -> None:
        if self._depth > 1:
            self._builder.data(text)

    def _refuse(self, *_: object) -> NoReturn:
        raise Nonsense(problem="dtd")
