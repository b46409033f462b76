import time

import pytest

from secours.dashboard.engine.history import Recent


def counting() -> tuple[list[int], Recent[str, int]]:
    """Return a cache of 20 s, and a list that fills with what is read."""
    return [], Recent(20.0)


@pytest.fixture
def clock_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the moment that the steady clock shows, which may be moved on."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def read_by(read: list[int]) -> int:
    read.append(len(read))
    return len(read)


def test_it_is_read_once_for_some_seconds_and_then_again(clock_s: list[float]) -> None:
    read, cache = counting()
    first = [cache.get("a", lambda: read_by(read)) for _ in range(2)]
    clock_s[0] += 20.0
    first.append(cache.get("a", lambda: read_by(read)))
    clock_s[0] += 0.1

    assert first == [1, 1, 1]
    assert cache.get("a", lambda: read_by(read)) == 2


def test_each_key_is_read_apart_and_what_is_forgotten_again() -> None:
    read, cache = counting()

    assert [cache.get(key, lambda: read_by(read)) for key in "aba"] == [1, 2, 1]
    cache.forget()
    assert cache.get("b", lambda: read_by(read)) == 3


def test_an_error_is_not_kept() -> None:
    read, cache = counting()

    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)

    assert cache.get("a", lambda: read_by(read)) == 1
