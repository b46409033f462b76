"""What people ask of the notices: to test a target, to acknowledge, to see them.

- `notify-test` with `target` and `by`: `notice` is the Dispatch of the test.
- `ack` with `by` and `code` or `token`: `notice` is the one acknowledged, as it now is.
- `notices`, or with `code` or `token` only that one: `targets` and `notices`.

`notices` are Dispatches, the newest first, and `targets` are TargetViews, as in the
snapshot. A code or token that nobody gave out, or that has been used up, is an error.
"""

import msgspec


class NotifyTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Send a marked test to one target."""

    target: str
    by: str


class Acknowledge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody has read a notice, and sees to it."""

    by: str
    code: str = ""
    token: str = ""


class ShowNotices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say which targets there are and what became of the latest notices."""

    code: str = ""
    token: str = ""
