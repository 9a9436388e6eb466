"""Logs: structured lines on standard error, JSON in production, with the request id on every line."""

import asyncio
import io
import logging
import re
import secrets
import sys
from typing import Any, TextIO

import msgspec
import structlog

from kervan.settings import Settings

_FLUSH_SECONDS = 0.25
# Who reads the log shall not open what was mailed to somebody.
MAILED_TOKEN = re.compile(
    r"/(confirm|reset|email|invite|claim|unsubscribe|outcome|meeting-outcome|agenda|survey|tickets|attended"
    r"|alerts/stop|alerts/feed)/[^/]+"
)
# 256 random bits as vault.new_token() and vault.sign() write them.
_TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")
# PostgreSQL repeats the whole row, or the value, that it refused: names, addresses, sealed numbers.
_REFUSED_ROW = re.compile(
    r"DETAIL: .*?(?=\n(?:HINT: |CONTEXT: |\n|Traceback |  File |During |The above )|\Z)", re.S
)
_REFUSED_VALUE = re.compile(r"(invalid input for query argument \$\d+: ).*")
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")


def setup(settings: Settings) -> None:
    """Configures structlog and the standard library's loggers of this process; may be called again."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _without_tokens,
    ]
    renderer: list[structlog.typing.Processor]
    if settings.log_json:
        renderer = [_traces, structlog.processors.JSONRenderer(serializer=_json)]
    else:
        renderer = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), sort_keys=False, exception_formatter=_plain_trace
            )
        ]
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _LINES,
        cache_logger_on_first_use=False,
    )
    handler = _StandardLibrary()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _StandardLibrary)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)


def _without_tokens(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Paths of mailed links without their tokens."""
    path = event.get("path")
    if isinstance(path, str) and "/" in path:
        event["path"] = MAILED_TOKEN.sub(r"/\1/…", path)
    return event


def _without_values(trace: str) -> str:
    """The text of an exception without what PostgreSQL repeats of the data."""
    return _REFUSED_VALUE.sub(r"\1…", _REFUSED_ROW.sub("DETAIL: …", trace))


def _trace(exc_info: Any) -> str:
    out = io.StringIO()
    structlog.dev.plain_traceback(out, exc_info)
    return _without_values(out.getvalue())


def _plain_trace(out: TextIO, exc_info: Any) -> None:
    out.write(_trace(exc_info))


_traces = structlog.processors.ExceptionRenderer(_trace)


class _Lines:
    """Writes lines to what sys.stderr is at that moment. Lines of INFO wait up to a quarter of a second.

    A write costs more than all else that a log line costs: at a thousand requests a second it is made for hundreds
    of lines at once. Warnings and errors go out at once, with all that waits before them.
    """

    def __init__(self) -> None:
        self.waiting: list[str] = []

    def info(self, line: str) -> None:
        self.waiting.append(line)
        if len(self.waiting) > 1:
            return
        try:
            asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self.flush)
        except RuntimeError:
            self.flush()

    def warning(self, line: str) -> None:
        self.waiting.append(line)
        self.flush()

    debug = msg = info
    error = critical = exception = fatal = warn = warning

    def flush(self) -> None:
        """Everything that waits is written now."""
        lines, self.waiting = self.waiting, []
        if lines:
            sys.stderr.write("\n".join(lines) + "\n")
            sys.stderr.flush()


_LINES = _Lines()
flush = _LINES.flush


class _StandardLibrary(logging.Handler):
    """Takes the lines of the standard library's loggers to the same place."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            _LINES.warning(self.format(record))
        except Exception:
            self.handleError(record)


def _json(event: Any, **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()


def without_tokens(path: str) -> str:
    """A path fit for a log: whoever reads the log must not be able to open the links of invitations and passwords."""
    return _TOKEN.sub("…", path)


def request_id(asked: str) -> str:
    """The id that the caller gave, when it is a sane one, else a new one of 16 hex digits."""
    return asked if _SANE_ID.match(asked) else secrets.token_hex(8)
