"""The languages that are spoken, in the order in which they are offered."""

LANGUAGES = ("fr", "nl", "de", "en")
