"""Logs: one JSON line per event on standard error; ids, codes and counts, never what a person is or has."""

from __future__ import annotations

import logging
import sys
from typing import BinaryIO

import orjson
import structlog


def configure(stream: BinaryIO | None = None) -> None:
    """Send every log, ours and the libraries', to one stream as JSON lines."""
    sink = stream or sys.stderr.buffer
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_line)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(file=sink),
        cache_logger_on_first_use=False,
    )
    handler = _Quiet(sink)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


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
