import pytest
from hypothesis import given
from hypothesis import strategies as st

from secours.wire.sip import messages
from secours.wire.sip.messages import Request

REQUEST = Request("OPTIONS", "sip:pbx", "call-1", 7, ())
HEADERS = (
    "Via: SIP/2.0/UDP here;branch=z9hG4bKx;rport\r\nCall-ID: call-1\r\nCSeq: 7 OPTIONS"
)


def answer(headers: str = HEADERS, status: str = "SIP/2.0 200 OK") -> bytes:
    return f"{status}\r\n{headers}\r\n\r\n".encode()


def is_ours(message: bytes) -> bool:
    found = messages.read(message)
    return found is not None and found.belongs_to(REQUEST, "z9hG4bKx")


@pytest.mark.parametrize(
    "headers",
    [
        HEADERS,
        HEADERS.replace("Via", "v").replace("Call-ID", "i"),
        HEADERS.replace("Via: ", "VIA :   "),
        HEADERS.replace("UDP here;branch", "UDP here\r\n ;branch"),
        HEADERS.replace(";branch=", " ; Branch = "),
        HEADERS.replace("rport", "rport, SIP/2.0/UDP b;branch=other"),
        HEADERS.replace("7 OPTIONS", "7   options"),
        HEADERS.replace("\r\n", "\n"),
        HEADERS + "\r\nSubject: \xff\xfe",
    ],
)
def test_every_legal_way_to_write_our_answer_is_read(headers: str) -> None:
    assert is_ours(answer(headers))


@pytest.mark.parametrize(
    "headers",
    [
        HEADERS.replace("z9hG4bKx", "z9hG4bKy"),
        HEADERS.replace("call-1", "call-2"),
        HEADERS.replace("7 OPTIONS", "8 OPTIONS"),
        HEADERS.replace("7 OPTIONS", "7 INVITE"),
        HEADERS.replace("Call-ID", "X-Call-ID"),
        HEADERS.replace("CSeq", "X-CSeq"),
        HEADERS.replace("Via", "X-Via"),
        HEADERS.replace("Via: ", "Via: SIP/2.0/UDP first;branch=other, "),
        "",
    ],
)
def test_answer_to_something_else_is_not_ours(headers: str) -> None:
    assert not is_ours(answer(headers))


@pytest.mark.parametrize(
    ("status", "code", "phrase"),
    [
        ("SIP/2.0 200 OK", 200, "OK"),
        ("SIP/2.0 200", 200, ""),
        ("SIP/2.0 503 ", 503, ""),
        ("sip/2.0  486  Busy Here", 486, "Busy Here"),
        ("SIP/2.0 500 \x07boom\x1b[31m", 500, "boom [31m"),
    ],
)
def test_status_line_may_lack_its_words(status: str, code: int, phrase: str) -> None:
    found = messages.read(b"\r\n\r\n" + answer(status=status))

    assert found is not None
    assert (found.code, found.phrase) == (code, phrase)


@pytest.mark.parametrize(
    "message", [b"", b"\r\n\r\n", b"OPTIONS sip:us SIP/2.0\r\n\r\n", b"HTTP/1.1 200 OK"]
)
def test_request_and_garbage_are_no_answer(message: bytes) -> None:
    assert messages.read(message) is None


@given(st.binary(max_size=300))
def test_no_message_breaks_the_reading(message: bytes) -> None:
    found = messages.read(b"SIP/2.0 200 OK\r\n" + message)

    assert found is not None
    assert not found.belongs_to(REQUEST, "z9hG4bKx")


@pytest.mark.parametrize(
    ("host", "written"),
    [
        ("pbx", "pbx"),
        ("::1", "[::1]"),
        ("[::1]", "[::1]"),
        ("fe80::1%eth0", "[fe80::1]"),
    ],
)
def test_address_is_written_as_sip_wants_it(host: str, written: str) -> None:
    assert messages.host_in_uri(host) == written
