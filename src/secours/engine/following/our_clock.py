"""What another machine says of moments, on the steady clock of this one."""

from collections.abc import Mapping
from typing import Any

import msgspec

from secours.model.observed import Instant


def shifted(thing: Any, by_s: float) -> Any:
    """Return a value of the model with each moment in it so many steady seconds on."""
    match thing:
        case Instant():
            return Instant(thing.utc, thing.steady_s + by_s)
        case msgspec.Struct():
            fields = {
                name: shifted(getattr(thing, name), by_s)
                for name in thing.__struct_fields__
            }
            return msgspec.structs.replace(thing, **fields)
        case tuple():
            return tuple(shifted(each, by_s) for each in thing)
        case Mapping():
            return {key: shifted(each, by_s) for key, each in thing.items()}
    return thing
