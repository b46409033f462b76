"""The best evidence that a configured probe can give."""

from typing import Any

from secours import probes
from secours.model.observed import Evidence
from secours.model.secret import SecretMissing
from secours.model.sections.channel import Probe


def best(kind: str, settings: Any) -> Evidence:
    """Return the best evidence that an ok of a configured probe can give."""
    if kind in ("tcp", "udp") and not settings.expect:
        return Evidence.REACHED  # any service may answer there
    return probes.find(kind).best


def proves_path(reference: Probe) -> bool:
    """Tell whether no captive portal could give this reference's ok."""
    settings = reference.settings
    if reference.type == "dns":
        return bool(getattr(settings, "expect", None))
    verified = bool(getattr(settings, "verify", False))
    if reference.type == "http":
        return verified and _url(settings).startswith("https:")
    return reference.type == "tls" and verified


def is_portal_proof(probe: Probe) -> bool:
    """Tell whether no captive portal could give the ok of a probe."""
    return probe.type not in ("http", "dns", "tls") or proves_path(probe)


def _url(settings: Any) -> str:
    try:
        return str(settings.url.reveal())
    except SecretMissing:
        return ""
