"""Logs: one JSON line per event on standard error; ids, codes and counts, never what a person is or has."""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import BinaryIO

import orjson
import structlog

_bound: dict[str, structlog.typing.FilteringBoundLogger] = {}
"""Loggers made for the present configuration."""


def bound(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return a logger that is made once, not at each call as structlog does; for what every request writes."""
    found = _bound.get(name)
    if found is None:
        found = _bound[name] = structlog.get_logger(name).bind()
    return found


def configure(stream: BinaryIO | None = None, level: str = "info") -> None:
    """Send every log of a level and above, ours and the libraries', to one stream as JSON lines."""
    sink = stream or sys.stderr.buffer
    _bound.clear()
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _place,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_line)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(file=sink),
        cache_logger_on_first_use=False,
    )
    handler = _Quiet(sink)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def _place(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Put the type of an exception and where it was raised in its stead: its text may quote a value."""
    if not event.pop("exc_info", False):
        return event
    kind, _error, trace = sys.exc_info()
    frames = traceback.extract_tb(trace)
    own = [one for one in frames if "site-packages" not in one.filename][-3:]
    event["raised"] = kind.__name__ if kind else None
    event["at"] = [f"{Path(one.filename).name}:{one.lineno}" for one in own]
    return event


class _Quiet(logging.Handler):
    """Writes of a library's record its logger, level and place only: its text may quote a value."""

    def __init__(self, sink: BinaryIO) -> None:
        super().__init__()
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        raised = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        where = f"{record.module}:{record.lineno}"
        self._sink.write(_line({"event": "library", "logger": record.name, "level": record.levelname.lower(),
                                "where": where, "raised": raised}) + b"\n")  # fmt: skip
        self._sink.flush()


def _line(event: object, **_options: object) -> bytes:
    return orjson.dumps(event, default=str)
