"""Advice on the credentials of a plan, before a hub is asked."""

import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from secours.message import Message, message
from secours.model.secret import SecretMissing
from secours.model.sites.membership import Sites
from secours.sites import credentials
from secours.sites.credentials import Credentials

SOON = timedelta(days=90)


def advice(sites: Sites, now: datetime) -> Iterator[Message]:
    """Yield reasons why the hub will not accept the credentials of a plan."""
    if sites.credentials is None:
        return
    with suppress(SecretMissing):  # which is advice already
        yield from _of_text(sites.credentials.reveal(), sites.name, now)


def _of_text(text: str, name: str, now: datetime) -> Iterator[Message]:
    try:
        ours = credentials.read(text)
        credentials.tls(ours)
    except (msgspec.MsgspecError, ssl.SSLError, ValueError):
        yield message("plan.advice.sites-unreadable")
        return
    if ours.site != name:
        yield message("plan.advice.sites-another", site=ours.site, name=name)
    with suppress(ImportError):  # which is advice already
        yield from _of_end(ours, now)


def _of_end(ours: Credentials, now: datetime) -> Iterator[Message]:
    from secours.sites.hub import certificates

    if ours.certificate and (ends := certificates.ends(ours.certificate)) < now + SOON:
        yield message("plan.advice.sites-ending", date=ends.date().isoformat())
