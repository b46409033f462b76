"""Who signed a warning: the one whose certificate the plan holds, or nobody."""

from pathlib import Path

import pytest
from wire.cap.warnings import INFO, NOW, Signer, alert

from secours.wire.cap.alert import read
from secours.wire.cap.signature import is_signed


@pytest.fixture(scope="module")
def weather() -> Signer:
    return Signer()


@pytest.fixture
def pinned(tmp_path: Path, weather: Signer) -> Path:
    file = tmp_path / "weather.pem"
    file.write_text(weather.pem)
    return file


def test_what_the_pinned_certificate_signed_is_signed(
    pinned: Path, weather: Signer
) -> None:
    body = weather.sign(alert())

    assert is_signed(body, read(body), pinned, NOW)


def test_what_nobody_or_somebody_else_signed_is_not(
    pinned: Path, weather: Signer
) -> None:
    other = Signer().sign(alert())

    assert not is_signed(alert(), read(alert()), pinned, NOW)
    assert not is_signed(other, read(other), pinned, NOW)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Storm tonight", b"Sunny tonight"),
        (b"<msgType>Alert", b"<msgType>Cancel"),
        (b"KMI.2026-17", b"KMI.2026-18"),
        (b"<info>", b"<info><instruction>Go out.</instruction></info><info>"),
        (b"ecdsa-sha256", b"ecdsa-sha1"),
    ],
    ids=["a word", "its type", "its name", "more of it", "a weak hash"],
)
def test_what_was_changed_since_is_not(
    pinned: Path, weather: Signer, old: bytes, new: bytes
) -> None:
    body = weather.sign(alert())
    changed = body.replace(old, new)

    assert changed != body
    assert not is_signed(changed, read(changed), pinned, NOW)


def with_id(body: bytes) -> bytes:
    return body.replace(b"<alert ", b'<alert Id="x" ', 1)


def test_a_signed_warning_inside_another_signs_nothing_around_it(
    pinned: Path, weather: Signer
) -> None:
    true = weather.sign(with_id(alert()), "#x")
    start = true.index(b"<ds:Signature")
    end = true.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    sign, inner = true[start:end], true[:start] + true[end:]
    false = alert(INFO.replace("Storm", "Flood"), identifier="KMI.2026-99").decode()
    around = false.replace(
        "</alert>", f"{sign.decode()}<x>{inner.decode()}</x></alert>"
    )

    assert is_signed(true, read(true), pinned, NOW), "it is signed where it stands"
    assert not is_signed(around.encode(), read(around.encode()), pinned, NOW)


def test_a_signature_of_a_part_is_none_of_the_whole(
    pinned: Path, weather: Signer
) -> None:
    body = weather.sign(alert(INFO.replace("<info>", '<info Id="part">')), "#part")

    assert not is_signed(body, read(body), pinned, NOW)


def test_a_signature_deeper_inside_is_not_looked_for(
    pinned: Path, weather: Signer
) -> None:
    body = weather.sign(alert())
    deep = body.replace(b"<ds:Signature ", b"<x><ds:Signature ", 1)
    deep = deep.replace(b"</ds:Signature>", b"</ds:Signature></x>")

    assert not is_signed(deep, read(deep), pinned, NOW)


def test_an_expired_certificate_signs_nothing_any_more(tmp_path: Path) -> None:
    old, file = Signer(valid_days=-1), tmp_path / "old.pem"
    file.write_text(old.pem)
    body = old.sign(alert())

    assert not is_signed(body, read(body), file, NOW)


def test_one_of_several_certificates_is_enough(tmp_path: Path, weather: Signer) -> None:
    file = tmp_path / "several.pem"
    file.write_text(f"{Signer(valid_days=-1).pem}{Signer().pem}{weather.pem}")
    body = weather.sign(alert())

    assert is_signed(body, read(body), file, NOW)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
    ids=["no file", "empty", "text", "no DER"],
)
def test_without_a_certificate_nothing_is_signed(
    tmp_path: Path, weather: Signer, text: str | None
) -> None:
    file, body = tmp_path / "x.pem", weather.sign(alert())
    if text is not None:
        file.write_text(text)

    assert not is_signed(body, read(body), file, NOW)
