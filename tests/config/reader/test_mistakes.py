from secours.config.reader import mistakes


def test_names_in_no_order_are_always_told_in_the_same() -> None:
    told = mistakes.suggestion("zz", {"b", "c", "a"})

    assert dict(told.facts)["names"] == "a, b, c"


def test_names_in_an_order_are_told_in_it() -> None:
    assert dict(mistakes.suggestion("zz", ["b", "c", "a"]).facts)["names"] == "b, c, a"
