"""Reasons of the modem or the network to refuse a text message.

Source: 3GPP TS 27.005 section 3.2.5 (+CMS ERROR), which takes 1 to 127 from TS 24.011
annex E.2 and 128 to 255 from TS 23.040 section 9.2.3.22.
"""

from secours.model.observed import Evidence, Facts, Outcome, Reason, failed, unknown
from secours.outside_text import plain
from secours.wire.modem.at import AtResponse
from secours.wire.modem.cellular import NO_SIM, SIM_BUSY
from secours.wire.numbers import whole

REJECTED, DEFERRED = Reason.REJECTED, Reason.DEFERRED
STATUS, QUOTA = Reason.STATUS, Reason.QUOTA
LOCKED, MISSING, BUSY = Reason.SIM_LOCKED, Reason.NO_SIM, Reason.DEVICE_BUSY
CMS: dict[int, tuple[Reason, str, str]] = {  # the standard's words, and our problem
    1: (REJECTED, "unassigned number", "unknown-subscriber"),
    8: (REJECTED, "operator determined barring", "barred"),
    10: (REJECTED, "call barred", "barred"),
    21: (REJECTED, "short message transfer rejected", ""),
    22: (QUOTA, "memory capacity exceeded", "memory-full"),
    27: (DEFERRED, "destination out of service", "recipient-out-of-service"),
    28: (REJECTED, "unidentified subscriber", "unknown-subscriber"),
    29: (REJECTED, "facility rejected", "service-refused"),
    30: (REJECTED, "unknown subscriber", "unknown-subscriber"),
    38: (STATUS, "network out of order", "network-out-of-order"),
    41: (DEFERRED, "temporary failure", "temporary-failure"),
    42: (DEFERRED, "congestion", "congestion"),
    47: (DEFERRED, "resources unavailable", "congestion"),
    50: (REJECTED, "requested facility not subscribed", "service-refused"),
    69: (REJECTED, "requested facility not implemented", "service-refused"),
    192: (DEFERRED, "service centre busy", "service-centre-busy"),
    193: (REJECTED, "no service centre subscription", "no-subscription"),
    194: (STATUS, "service centre system failure", "service-centre-failure"),
    195: (REJECTED, "invalid address", "bad-address"),
    196: (REJECTED, "destination barred", "barred"),
    197: (REJECTED, "rejected as a duplicate", "duplicate"),
    208: (QUOTA, "SIM storage full", "sim-full"),
    211: (QUOTA, "memory capacity exceeded", "memory-full"),
    300: (STATUS, "modem failure", "modem-failure"),
    301: (BUSY, "SMS service of the modem reserved", "modem-busy"),
    302: (STATUS, "operation not allowed", "modem-refuses"),
    303: (STATUS, "operation not supported", "modem-refuses"),
    304: (STATUS, "invalid PDU mode parameter", "modem-refuses"),
    305: (STATUS, "invalid text mode parameter", "modem-refuses"),
    310: (MISSING, "SIM not inserted", ""),
    311: (LOCKED, "SIM PIN required", "sim-pin-required"),
    312: (LOCKED, "PH-SIM PIN required", "device-code-required"),
    313: (MISSING, "SIM failure", "sim-failure"),
    314: (BUSY, "SIM busy", "sim-busy"),
    315: (MISSING, "SIM wrong", "sim-failure"),
    316: (LOCKED, "SIM PUK required", "sim-puk-required"),
    317: (LOCKED, "SIM PIN2 required", "sim-pin-required"),
    318: (LOCKED, "SIM PUK2 required", "sim-puk-required"),
    320: (STATUS, "memory failure", "memory-failure"),
    321: (STATUS, "invalid memory index", "memory-failure"),
    322: (QUOTA, "memory full", "memory-full"),
    330: (STATUS, "service centre address unknown", "no-service-centre"),
    331: (Reason.NOT_REGISTERED, "no network service", "no-network"),
    332: (STATUS, "network timeout", "network-silent"),
    340: (STATUS, "no acknowledgement expected", "modem-refuses"),
    500: (STATUS, "unknown error", ""),
}
BY_WORDS = {words.lower(): code for code, (_, words, _) in CMS.items()}
OF_SIM = {**dict.fromkeys(NO_SIM, 310), 11: 311, 12: 316, SIM_BUSY: 314}  # +CME ERROR


def refused(answer: AtResponse) -> Outcome:
    """Return why a modem refused a text message; raise Stop for a long number."""
    told = answer.told("+CMS ERROR")
    code = whole(told) if told.isdecimal() else BY_WORDS.get(told)
    if code is None:
        code = OF_SIM.get(answer.cme or 0)
    if code is None:
        return failed(REJECTED, Evidence.SERVED, said=plain(answer.error))
    return outcome_of(code)


def outcome_of(code: int) -> Outcome:
    """Return the outcome of a +CMS ERROR number."""
    reason, _, problem = CMS.get(code, (STATUS, "", ""))
    facts: Facts = {"code": code, "problem": problem} if problem else {"code": code}
    if reason is BUSY:
        return unknown(reason, **facts)
    return failed(reason, Evidence.SERVED, **facts)
