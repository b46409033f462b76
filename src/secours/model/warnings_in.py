"""Whose warnings are taken in, as the plan says."""

from msgspec import Struct

from secours.model.secret import Secret


class WarningsIn(Struct, frozen=True, kw_only=True):
    """Who may put warnings of other organisations into the journal."""

    token: Secret
    certificate: str | None = None  # a PEM file: whose signature makes one verified
