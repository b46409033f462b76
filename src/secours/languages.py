"""Supported languages, in the order offered."""

from collections.abc import Mapping

from msgspec import Struct, field

LANGUAGES = ("fr", "nl", "de", "en")


def of_terminal(environ: Mapping[str, str]) -> str:
    """Return the language of the environment, English by default.

    Source: POSIX, "Environment Variables", section 8.2.
    """
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    asked = next((text for name in names if (text := environ.get(name))), "")
    short = asked.lower()[:2]
    return short if short in LANGUAGES else "en"


def preferred(accepted: str) -> str | None:
    """Return the language of ours that a browser prefers, if any.

    Source: RFC 9110 section 12.5.4.
    """
    weighed = [part.partition(";") for part in accepted.lower().split(",")]
    ours = [
        (_weight(weight), range_.strip()[:2])
        for range_, _, weight in weighed
        if range_.strip()[:2] in LANGUAGES and range_.strip()[2:3] in ("", "-")
    ]
    best = max(ours, key=lambda each: each[0], default=(0.0, ""))
    return best[1] if best[0] > 0 else None


def _weight(written: str) -> float:
    name, _, value = written.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


class Text(Struct, frozen=True):
    """Words for people from probes.yaml, in one language or several."""

    plain: str = ""
    translations: Mapping[str, str] = field(default_factory=dict)  # by language

    def in_(self, *languages: str) -> str:
        """Return it in the first of these languages that it has, else any."""
        for language in languages:
            if language in self.translations:
                return self.translations[language]
        return self.plain or next(iter(self.translations.values()), "")
