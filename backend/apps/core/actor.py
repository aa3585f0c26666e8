"""Who causes what happens now, for the audit log: set once a request is authenticated, or a task begins."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from apps.core import log_context


@dataclass(frozen=True)
class Actor:
    """user_id: None for the system itself. ip_address: where the request came from, if it was one."""

    user_id: int | None = None
    ip_address: str | None = None


SYSTEM = Actor()

_actor: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


def current() -> Actor:
    return _actor.get()


def enter(actor: Actor) -> None:
    """Act as `actor` from here to the end of the request; the next request sets its own."""
    _actor.set(actor)
    log_context.bind(user_id=actor.user_id)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Act as `actor` inside the block."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)
