"""Words of a peer, made safe to keep and to show."""

LONGEST = 200  # characters


def plain(said: object) -> str:
    """Return it on one line, without control characters, cut to 200 characters."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    shown = "".join(c if c.isprintable() else " " for c in text[: 8 * LONGEST])
    return " ".join(shown.split())[:LONGEST]
