from xml.etree.ElementTree import fromstring

import pytest

from secours.wire.xmpp.session import _quoted


@pytest.mark.parametrize("text", ["town.example", "a&b<c>\n\r\td", "it's", '"', ""])
def test_quoted_is_read_as_it_was_written(text: str) -> None:
    assert fromstring(f"<x to={_quoted(text)}/>").get("to") == text
