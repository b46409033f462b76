"""Answers to scrapers, in the format asked for.

Source: RFC 9110, section 12.5.1 (Accept, and its weights); OpenMetrics 1.0, "Overall
structure" (media type); Prometheus exposition formats (of version 0.0.4).
"""

from collections.abc import Iterable

from starlette.responses import Response

from secours.render.export.families import (
    Family,
    openmetrics_text,
    prometheus_text,
)
from secours.web.answers import HEADERS

OPENMETRICS = "application/openmetrics-text"
OPENMETRICS_VERSIONS = ("", "1.0.0")
PLAIN = "text/plain"


def metrics_answer(families: Iterable[Family], accept: str) -> Response:
    """Answer a scraper that accepts this."""
    if wants_openmetrics(accept):
        written, version = openmetrics_text(families), "1.0.0"
        kind = OPENMETRICS
    else:
        written, version, kind = prometheus_text(families), "0.0.4", PLAIN
    text = "".join(f"{line}\n" for line in written)
    content_type = f"{kind}; version={version}; charset=utf-8"
    return Response(text, headers={**HEADERS, "Content-Type": content_type})


def wants_openmetrics(accept: str) -> bool:
    """Return whether OpenMetrics is preferred to plain text, or equal."""
    weights = [_weight(part) for part in accept.split(",")]
    open_s = [w for kind, version, w in weights if _is_open(kind, version)]
    plain_s = [w for kind, _, w in weights if kind == PLAIN]
    return 0 < max(open_s, default=0.0) >= max(plain_s, default=0.0)


def _is_open(kind: str, version: str) -> bool:
    return kind == OPENMETRICS and version in OPENMETRICS_VERSIONS


def _weight(part: str) -> tuple[str, str, float]:
    """Return the type, version and weight of one media range."""
    kind, *parameters = (each.strip().lower() for each in part.split(";"))
    named = dict(each.partition("=")[::2] for each in parameters)
    try:
        weight = float(named.get("q", "1"))
    except ValueError:
        weight = 0.0
    return kind, named.get("version", "").strip('"'), weight
