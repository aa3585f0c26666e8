"""How a log record is written: one JSON object a line in production, a line for people in development.

gunicorn's master process imports this too, so it needs nothing but the standard library.
"""

import json
import logging
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import NoneType
from typing import Any
from uuid import UUID

from apps.core.log_context import current
from apps.core.redaction import REDACTED, is_secret, redact_text

# What logging itself puts on a record; the rest came in through `extra`.
OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
PLAIN = (str, int, float, Decimal, date, time, UUID, NoneType)


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact_text(record.getMessage()),
            **current().known(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = {
                "type": record.exc_info[0].__qualname__,
                "traceback": redact_text(self.formatException(record.exc_info)),
            }
        return json.dumps({**line, **{name: value for name, value in _extra(record) if name not in line}})


class LineFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(context)s] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        known = current().known()
        request_id = known.pop("request_id", "-")
        record.context = " ".join([str(request_id), *(f"{name}={value}" for name, value in known.items())])
        return redact_text(super().format(record))


def _extra(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    """Yield what came in through `extra`, as far as it is plain: what an object would print is unknown."""
    for name, value in vars(record).items():
        if name not in OWN_FIELDS and isinstance(value, PLAIN):
            yield name, REDACTED if is_secret(name) else _plain(value)


def _plain(value: Any) -> Any:
    """Return the value as JSON knows it, which has no NaN and no infinity."""
    if isinstance(value, str):
        return redact_text(value)
    if value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)
