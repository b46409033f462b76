"""Whose number it is: never by its last digits."""

import pytest

from secours.notify.answers.telephone import country, international

ANNE = "+32475123456"


def is_anne(sender: str, home: str = "32") -> bool:
    return international(sender, home) == international(ANNE, home)


@pytest.mark.parametrize(
    "sender",
    [
        ANNE,
        "0032475123456",
        "32475123456",
        "0475123456",
        "0475/12.34.56",
        "+32 475 123456",
    ],
)
def test_number_is_the_same_however_it_is_written(sender: str) -> None:
    assert is_anne(sender)


@pytest.mark.parametrize(
    "sender",
    [
        "+33475123456",  # the same in another country
        "475123456",
        "75123456",
        "075123456",  # 07 512 34 56 in the same country
        "123456",
        "3456",
        "+132475123456",
        "+324751234567",
        "+3247512345",
        "00320475123456",
        "",
        "+",
        "Anne",
        "+32475123456x",
        "+٣٢٤٧٥١٢٣٤٥٦",
    ],
)
def test_number_with_the_same_end_is_a_stranger(sender: str) -> None:
    assert not is_anne(sender)


def test_national_number_is_nobody_where_its_country_is_not_known() -> None:
    assert not is_anne("0475123456", home="")
    assert international("0475123456") == international("0475 12 34 56")


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ([ANNE, "0032486000000", "0475123456", ""], "32"),
        ([ANNE, "+33612345678"], ""),
        (["+352621000000"], "352"),
        (["+12025550100", "+14165550100"], "1"),
        (["+79161234567"], "7"),
        (["0475123456", "1234"], ""),
        ([], ""),
    ],
)
def test_country_is_that_of_all_international_numbers(
    numbers: list[str], code: str
) -> None:
    assert country(numbers) == code


@pytest.mark.parametrize("sender", ["TELEPHONES", "4040", "1234567", "+" + "3" * 16])
def test_name_short_code_or_overlong_number_is_none(sender: str) -> None:
    assert international(sender, "32") == ""
