"""How much can a probe prove at most, as it is configured?"""

from typing import Any

from secours import probes
from secours.model.observed import Evidence
from secours.model.plan import Probe
from secours.model.secret import SecretMissing


def best(kind: str, settings: Any) -> Evidence:
    """Return the best evidence that an ok of a probe of this type can have."""
    if kind in ("tcp", "udp") and settings.expect is None:
        return Evidence.REACHED  # what answers there may be anything
    return probes.find(kind).best


def proves_path(reference: Probe) -> bool:
    """Tell whether a captive portal could not answer this reference rightly."""
    settings = reference.settings
    if reference.type == "dns":
        return bool(getattr(settings, "expect", None))
    verified = bool(getattr(settings, "verify", False))
    if reference.type == "http":
        return verified and _url(settings).startswith("https:")
    return reference.type == "tls" and verified


def is_portal_proof(probe: Probe) -> bool:
    """Tell whether an ok of any probe cannot be the answer of a captive portal."""
    return probe.type not in ("http", "dns", "tls") or proves_path(probe)


def _url(settings: Any) -> str:
    try:
        return str(settings.url.reveal())
    except SecretMissing:
        return ""
