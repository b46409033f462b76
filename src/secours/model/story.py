"""What a demonstration says of the moment. In real operation there is none."""

from collections.abc import Mapping

from msgspec import Struct

PLACE = "SECOURS_STORY"  # the variable that names the file, for screens of a demo


class Story(Struct, frozen=True, kw_only=True):
    """A step of what is played, or its end: what happened, and what to look at."""

    words: Mapping[str, str]  # by language
    step: int | None = None  # none once the story is over
    steps: int | None = None
