"""Narration of a demonstration. There is none in real operation."""

from collections.abc import Mapping

from msgspec import Struct

PLACE = "SECOURS_STORY"  # the variable that names the file, for screens of a demo


class Story(Struct, frozen=True, kw_only=True):
    """Step of a story, or its end: the events, and what to look at."""

    words: Mapping[str, str]  # by language
    step: int | None = None  # none once the story is over
    steps: int | None = None
