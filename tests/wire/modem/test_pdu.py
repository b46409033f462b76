import pytest
from hypothesis import given
from hypothesis import strategies as st

from secours.wire.modem import alphabet, pdu
from secours.wire.modem.delivery import StatusReport

HELLO = "E8329BFD4697D9EC37"  # "hellohello", packed by hand
STAMP = "62114210000040"  # 24 November 2026


def test_septets_are_packed_as_the_standard_shows() -> None:
    septets = [alphabet.ALPHABET.index(character) for character in "hellohello"]

    assert pdu.packed(septets).hex().upper() == HELLO


def test_message_to_be_sent_is_written_as_the_standard_says() -> None:
    message = pdu.submit("+46708251358", "hellohello")

    assert message.pdu == f"0011000B916407281553F80000000A{HELLO}"
    assert message.length == 23


def test_number_without_plus_is_of_unknown_type() -> None:
    assert pdu.submit("0470", "x").pdu.startswith("00110004814007")


@given(st.text(alphabet=alphabet.ALPHABET, max_size=160))
def test_what_is_packed_is_unpacked(text: str) -> None:
    septets = [alphabet.ALPHABET.index(character) for character in text]

    assert pdu.unpacked(pdu.packed(septets), len(septets)) == septets


@pytest.mark.parametrize("text", ["☎" * 71, "😀" * 36, "x" * 161, "€" * 81])
def test_text_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="long"):
        pdu.submit("+32470", text)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (f"00040B916407281553F80000{STAMP}0A{HELLO}", "hellohello"),
        (
            f"07911326040000F0040B911346610089F60000208062917314080A{HELLO}",
            "hellohello",
        ),
        (f"000406D0C834190000{STAMP}0461F1980C", "abcd"),
        (f"0004049121430008{STAMP}04260E0021", "☎!"),
    ],
)
def test_received_message_is_read(octets: str, text: str) -> None:
    assert pdu.delivered_text(octets) == text


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "00",
        "zz",
        "0004",
        f"00440B916407281553F80000{STAMP}0A{HELLO}",  # with a header
        f"00010B916407281553F80000{STAMP}0A{HELLO}",  # waits to be sent
        f"00020B916407281553F80000{STAMP}0A{HELLO}",  # a report
    ],
)
def test_what_is_no_received_text_has_none(octets: str) -> None:
    assert pdu.delivered_text(octets) == ""


@given(st.binary(max_size=200))
def test_no_message_makes_it_stumble(octets: bytes) -> None:
    assert isinstance(pdu.delivered_text(octets.hex()), str)


# ------------------------------------------------------------------ status reports


def test_message_with_a_report_is_written_as_the_standard_says() -> None:
    message = pdu.submit("+46708251358", "hellohello", lapses=pdu.A_DAY, report=True)

    assert message.pdu == f"0031000B916407281553F80000A70A{HELLO}"


def test_message_with_other_letters_is_of_ucs2() -> None:
    assert pdu.submit("+46708251358", "ê☎").pdu.endswith("0008000400EA260E")


@pytest.mark.parametrize("centre", ["00", "07911326040000F0"])
@pytest.mark.parametrize("status", [0, 0x41, 0xFF])
def test_status_report_is_read(centre: str, status: int) -> None:
    said = f"{centre}0611" + f"0B916407281553F8{STAMP}{STAMP}{status:02X}"

    assert pdu.status_report(said) == StatusReport(0x11, "46708251358", status)


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "00",
        "zz",
        f"000611 0B916407281553F8{STAMP}{STAMP}",
        f"00040B916407281553F80000{STAMP}0A{HELLO}",
        f"0031000B916407281553F80000A70A{HELLO}{HELLO}",
    ],
)
def test_what_is_no_status_report_is_none(octets: str) -> None:
    assert pdu.status_report(octets) is None


@given(st.binary(max_size=200))
def test_no_status_report_makes_it_stumble(octets: bytes) -> None:
    found = pdu.status_report(octets.hex())

    assert found is None or isinstance(found.status, int)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("32470000001", "+32470000001", True),
        ("0470000001", "+32470000001", True),
        ("0032470000001", "+32470000001", True),
        ("112", "112", True),
        ("112", "+32470000112", False),
        ("000112", "+32470000112", False),
        ("32470000002", "+32470000001", False),
        ("", "+32470000001", False),
    ],
)
def test_number_of_a_report_is_known_again(one: str, other: str, same: bool) -> None:
    assert StatusReport(7, one, 0).concerns(7, other) is same
    assert not StatusReport(8, one, 0).concerns(7, other)
    assert not StatusReport(0, one, 0).concerns(None, other)


ANNE = "0B912374153254F6"
PART = "050003000201"  # of a header: part 1 of 2


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        (f"0004{ANNE}0000{STAMP}0A{HELLO}", ("+32475123456", "hellohello", True)),
        (f"0004{ANNE}0008{STAMP}04004F004B", ("+32475123456", "OK", True)),
        (f"0004{ANNE}0008{STAMP}01D8", ("+32475123456", "\ufffd", True)),
        (f"0004{ANNE}0008{STAMP}00", ("+32475123456", "", True)),
        (f"00440A8140572143650008{STAMP}08{PART}0041", ("0475123456", "A", False)),
        (f"0044{ANNE}0000{STAMP}08{PART}82", ("+32475123456", "A", False)),
        (f"0044{ANNE}0008{STAMP}06032401010041", ("+32475123456", "A", True)),
        (
            f"0044{ANNE}0008{STAMP}0B0824010100030702010041",
            ("+32475123456", "A", False),
        ),
        (f"0044{ANNE}0008{STAMP}0401240041", ("+32475123456", "A", True)),
        (f"0044{ANNE}0000{STAMP}00", ("+32475123456", "", True)),
        (f"000407D0C2E7B4080000{STAMP}00", ("BOSE", "", True)),
        (f"00040481040400000{STAMP}00", None),
        ("FF" * 40, None),
        ("", None),
    ],
)
def test_received_message_has_its_sender_and_its_text(
    octets: str, found: tuple[str, str, bool] | None
) -> None:
    read = pdu.delivered(octets)

    assert (read and (read.sender, read.text, read.whole)) == found
