"""Conversion of another machine's moments to the clocks of this one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from secours.model.observed import Instant

NO_TIME = timedelta()


def shifted(thing: Any, by_s: float, dates_by: timedelta = NO_TIME) -> Any:
    """Return a value of the model with all its moments shifted by steady seconds.

    Dates are shifted by `dates_by`, where the wall clocks differ.
    """
    match thing:
        case Instant():
            return Instant(thing.utc + dates_by, thing.steady_s + by_s)
        case datetime():
            return thing + dates_by
        case msgspec.Struct():
            fields = {
                name: shifted(getattr(thing, name), by_s, dates_by)
                for name in thing.__struct_fields__
            }
            return msgspec.structs.replace(thing, **fields)
        case tuple():
            return tuple(shifted(each, by_s, dates_by) for each in thing)
        case Mapping():
            return {key: shifted(each, by_s, dates_by) for key, each in thing.items()}
    return thing
