import pytest
from refusals import refusing

from secours.outside_text import plain
from secours.wire.modem.notice_sms import ModemOptions
from secours.wire.option_checks import host_port, status_range, telephone


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("example.org", ("example.org", 53)),
        ("example.org:5353", ("example.org", 5353)),
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_host_and_port_are_taken_apart(text: str, expected: tuple[str, int]) -> None:
    assert host_port(text, 53) == expected


@pytest.mark.parametrize("text", ["", ":53", "a:b", "a:1:2", "[::1", "a:0", "a:65536"])
def test_what_is_no_host_and_port_is_refused(text: str) -> None:
    with refusing("must be"):
        host_port(text, 53)


def test_words_of_a_peer_are_made_safe() -> None:
    assert plain(b"a\x1b[0m\r\n b\xff\xe2\x80\xae") == "a [0m b\ufffd"
    assert plain("x" * 1_000_000) == "x" * 200


@pytest.mark.parametrize(
    ("status", "first", "last"),
    [(204, 204, 204), ("204", 204, 204), ("200-299", 200, 299), ("500-500", 500, 500)],
)
def test_status_is_one_or_a_range(status: int | str, first: int, last: int) -> None:
    assert status_range(status) == range(first, last + 1)


@pytest.mark.parametrize(
    "status", ["2xx", "200-", "-200", "", 42, 1000, "200-30", "500-400"]
)
def test_what_is_no_status_is_refused(status: int | str) -> None:
    with refusing("expect_status"):
        status_range(status)


def test_modem_is_named_in_one_way() -> None:
    assert ModemOptions(port="/dev/ttyUSB2").device == "/dev/ttyUSB2"
    assert ModemOptions(modemmanager=0).device == "modemmanager:0"
    assert ModemOptions(modemmanager="any").device == "modemmanager:any"


@pytest.mark.parametrize(
    ("port", "modemmanager"), [(None, None), ("/dev/x", 0), (" ", None), (None, -1)]
)
def test_modem_that_is_named_twice_or_not_is_refused(
    port: str | None, modemmanager: int | None
) -> None:
    with refusing("must"):
        ModemOptions(port=port, modemmanager=modemmanager)


@pytest.mark.parametrize(
    ("to", "number"),
    [
        ("+32470123456", "+32470123456"),
        ("+32 470/12.34-56", "+32470123456"),
        ("4711", "4711"),
    ],
)
def test_telephone_number_is_taken_as_people_write_it(to: str, number: str) -> None:
    assert telephone(to) == number


@pytest.mark.parametrize(
    "to", ["+", "12", "+32(0)470", "duty", "+" + 16 * "1", "1+2345", "112\n"]
)
def test_what_is_no_telephone_number_is_refused(to: str) -> None:
    with refusing("telephone"):
        telephone(to)


@pytest.mark.parametrize("to", ["112", "0112", "1-1-2", "+112", "18", "00 101"])
def test_emergency_number_is_no_number_for_tests_and_notices(to: str) -> None:
    with refusing("emergency"):
        telephone(to)


def test_nobody_is_no_addressee() -> None:
    with refusing("to whom"):
        telephone("")


@pytest.mark.parametrize("to", ["4711", "0470123456", "+0470123456", "+32470"])
def test_number_of_no_country_is_refused_where_one_is_wanted(to: str) -> None:
    with refusing("telephone"):
        telephone(to, international=True)
