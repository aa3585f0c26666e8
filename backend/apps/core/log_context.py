"""What the log lines written now are about: the request or task, whose business, which user."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace

Identifier = int | str


@dataclass(frozen=True, slots=True)
class LogContext:
    request_id: str | None = None
    business_id: Identifier | None = None
    user_id: Identifier | None = None
    task: str | None = None
    task_id: str | None = None

    def known(self) -> dict[str, Identifier]:
        """Return the fields that have a value."""
        return {name: value for name, value in asdict(self).items() if value is not None}


_current: ContextVar[LogContext] = ContextVar("log_context", default=LogContext())


def current() -> LogContext:
    return _current.get()


def begin(context: LogContext) -> None:
    """Forget what the previous request on this thread was about, and start anew."""
    _current.set(context)


def bind(*, business_id: Identifier | None = None, user_id: Identifier | None = None) -> None:
    """Name the business and the user in every further log line and error report of this request or task.

    What is not given stays as it is. The next request and the next task begin without either.
    """
    _current.set(_with(business_id, user_id))


@contextmanager
def about(*, business_id: Identifier | None = None, user_id: Identifier | None = None) -> Iterator[None]:
    """Name the business and the user in the lines written inside the block."""
    with within(_with(business_id, user_id)):
        yield


@contextmanager
def within(context: LogContext) -> Iterator[None]:
    """Let the lines written inside the block be about `context`, and those after it about what was before."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)


def _with(business_id: Identifier | None, user_id: Identifier | None) -> LogContext:
    known = _current.get()
    return replace(
        known,
        business_id=known.business_id if business_id is None else business_id,
        user_id=known.user_id if user_id is None else user_id,
    )
