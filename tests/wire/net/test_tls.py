from datetime import UTC, datetime, timedelta

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from secours.model.observed import Evidence, Reason, Verdict, degraded, failed, ok
from secours.wire.net.tls import expiry, expiry_facts, with_expiry

DAY_S = 86400.0


def certificate(until: datetime) -> bytes:
    issued = trustme.CA().issue_cert("localhost", not_after=until)
    pem = issued.cert_chain_pems[0].bytes()
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def in_days(days: float) -> datetime:
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0)


SOON_UNTIL = in_days(3.5)
SOON = certificate(SOON_UNTIL)


@pytest.mark.parametrize(
    "until",
    [
        datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC),  # UTCTime, RFC 5280 4.1.2.5.1
        datetime(2061, 7, 1, 0, 0, 1, tzinfo=UTC),  # GeneralizedTime, 4.1.2.5.2
    ],
)
def test_expiry_is_read_from_the_certificate(until: datetime) -> None:
    assert expiry(certificate(until)) == until


@given(st.binary(max_size=60))
def test_what_is_no_certificate_is_refused(der: bytes) -> None:
    with pytest.raises(ValueError, match=r"certificate|codec|time data"):
        expiry(der)
    assert expiry_facts(der) == {}


@given(st.integers(0, len(SOON) - 1), st.integers(0, 255))
def test_damaged_certificate_is_read_or_refused(place: int, byte: int) -> None:
    damaged = SOON[:place] + bytes([byte]) + SOON[place + 1 :]

    assert expiry_facts(damaged).keys() in ({"expires", "days"}, set())
    assert expiry_facts(SOON[:place]) == {}


def test_expiry_within_the_limit_is_a_warning() -> None:
    outcome = with_expiry(ok(Evidence.SERVED, code=200), SOON, 14 * DAY_S)

    assert (outcome.verdict, outcome.reason) == (Verdict.DEGRADED, Reason.TLS_EXPIRING)
    assert outcome.warnings == (Reason.TLS_EXPIRING,)
    expires = SOON_UNTIL.date().isoformat()
    assert outcome.facts == {"code": 200, "expires": expires, "days": 3}


def test_expiry_beyond_the_limit_is_only_told() -> None:
    outcome = with_expiry(ok(Evidence.SERVED), SOON, 2 * DAY_S)

    assert outcome.verdict is Verdict.OK
    assert outcome.facts["days"] == 3


def test_expiry_hides_nothing_worse() -> None:
    bad = failed(Reason.AUTH, Evidence.SERVED)
    slow = degraded(Reason.LOSS, Evidence.SERVED)

    warned = [with_expiry(outcome, SOON, 14 * DAY_S) for outcome in (bad, slow)]

    assert [(o.verdict, o.reason) for o in warned] == [
        (Verdict.FAILED, Reason.AUTH),
        (Verdict.DEGRADED, Reason.LOSS),
    ]
    assert all(o.warnings == (Reason.TLS_EXPIRING,) for o in warned)


@pytest.mark.parametrize("der", [None, b"garbage"])
def test_without_a_certificate_nothing_is_added(der: bytes | None) -> None:
    outcome = ok(Evidence.SERVED)

    assert with_expiry(outcome, der, 14 * DAY_S) == outcome
