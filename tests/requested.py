"""Requests to the engine, written in tests as they travel over its socket."""

from collections.abc import Mapping
from typing import Any

import msgspec

from secours.model.requests import EngineRequest, StatementRequest


def requested(fields: Mapping[str, Any]) -> Any:
    """Return the request on what people state that `do` names."""
    return msgspec.convert(dict(fields), StatementRequest)


def travelling(request: EngineRequest | Mapping[str, Any] | None) -> Any:
    """Return a request as it travels."""
    return msgspec.json.decode(msgspec.json.encode(request))
