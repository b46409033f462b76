"""What is refused, in English words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from secours.message import BadValue, Refusal
from secours.texts import in_words


def said(refusal: Refusal) -> str:
    """Return what a refusal says."""
    return in_words("en", refusal.message)


@contextmanager
def refusing(
    words: str, kind: type[Refusal] = BadValue
) -> Iterator[pytest.ExceptionInfo[Refusal]]:
    """Expect a refusal, of a value unless it is said, in words with this in them."""
    with pytest.raises(kind) as caught:
        yield caught
    assert re.search(words, said(caught.value)), said(caught.value)
