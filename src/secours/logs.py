"""Logs on standard error, for people or programs.

Lines of text, or one JSON object a line, by `$SECOURS_LOG_FORMAT`, which children
inherit. Nothing in a record can break out of its line, and the secrets of the plan are
redacted.

Source: RFC 8259 (JSON); RFC 3339 (time).
"""

import json
import logging
import os
import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType

FORMAT = "SECOURS_LOG_FORMAT"
TEXT, JSON = "text", "json"
FORMATS = (TEXT, JSON)
DELETE = "\x7f"  # which JSON leaves as it is


class LogLines(logging.Formatter):
    """Formatter of records as text: the message on a line, then the trace, if any."""

    secrets: frozenset[str] = frozenset()

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        message = _on_one_line(self._message(record))
        line = f"{record.levelname} {record.name}: {message}"
        trace = self._trace(record)
        return f"{line}\n{trace}" if trace else line

    def _message(self, record: logging.LogRecord) -> str:
        try:
            return self._struck(record.getMessage())
        except (TypeError, ValueError, KeyError):  # it does not fit its arguments
            return self._struck(f"{record.msg} (with {record.args!r})")

    def _trace(self, record: logging.LogRecord) -> str:
        if not record.exc_info:
            return ""
        trace = self._struck(self.formatException(record.exc_info))
        return "\n".join(map(_on_one_line, trace.split("\n")))

    def _struck(self, text: str) -> str:
        if not self.secrets:
            return text
        from secours.run.redactor import strike  # which who has no secret needs not

        return strike(text, self.secrets)


class LogObjects(LogLines):
    """A record as a JSON object on one line, all of it in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        at = datetime.fromtimestamp(record.created, UTC)
        written = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._message(record),
        }
        if trace := self._trace(record):
            written["exception"] = trace
        return json.dumps(written).replace(DELETE, "\\u007f")


def begin(level: int = logging.WARNING) -> None:
    """Configure logging of this process in the format asked for."""
    logging.basicConfig(level=level, handlers=[handler(level)], force=True)
    if form() == JSON:
        logging.captureWarnings(True)
    sys.excepthook, threading.excepthook = _log_end, _log_end_of_thread


def choose(form: str | None) -> None:
    """Set the format of logs of this process and its children, if one is given."""
    if form is not None:
        os.environ[FORMAT] = form


def form() -> str:
    """Return the format asked for; text for unknown ones."""
    return JSON if os.environ.get(FORMAT) == JSON else TEXT


def formatter() -> LogLines:
    """Return the formatter of the format asked for."""
    return LogObjects() if form() == JSON else LogLines()


def handler(level: int = logging.WARNING) -> logging.Handler:
    """Return a handler to standard error in the format asked for."""
    made = logging.StreamHandler(sys.stderr)
    made.setLevel(level)  # others give their loggers a lower one
    made.setFormatter(formatter())
    return made


def hide(secrets: Iterable[str]) -> None:
    """Redact these secrets from all further logs."""
    hidden = frozenset(secrets) - {""}
    for each in logging.getLogger().handlers:
        if isinstance(each.formatter, LogLines):
            each.formatter.secrets = hidden


def _log_end(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Log what ends this process."""
    logging.getLogger("secours").critical("ended", exc_info=(kind, error, trace))


def _log_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    """Log what ends a thread; that the interpreter ends is none."""
    if ended.exc_value is not None and not issubclass(ended.exc_type, SystemExit):
        _log_end(ended.exc_type, ended.exc_value, ended.exc_traceback)


def _on_one_line(text: str) -> str:
    """Escape unprintable characters as Python does."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
