"""Which business the code at hand works for: one, every one, or, until somebody says so, none."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Literal

from apps.core import log_context

EVERY: Final = "*"
Scope = int | Literal["*"] | None

_scope: ContextVar[Scope] = ContextVar("business_scope", default=None)


class NoBusinessInScope(RuntimeError):
    """A tenant's rows were asked for, and nobody had said whose."""


class WrongBusiness(RuntimeError):
    """A row of one business was about to be written while working for another."""


def current() -> Scope:
    """Return the id of the business in scope, EVERY, or None."""
    return _scope.get()


def business_id() -> int:
    """Return the id of the one business in scope.

    Raises:
        NoBusinessInScope: there is none, or there are all of them.
    """
    scope = _scope.get()
    if not isinstance(scope, int):
        raise NoBusinessInScope("This needs one business in scope; see apps.core.tenancy.scope.")
    return scope


def enter(scope: Scope) -> None:
    """Work for `scope` from here to the end of the request; whoever serves the request resets it."""
    _scope.set(scope)
    if isinstance(scope, int):
        log_context.bind(business_id=scope)


@contextmanager
def working_for(business: int) -> Iterator[None]:
    """Work for the business with this id."""
    with _set(business), log_context.about(business_id=business):
        yield


@contextmanager
def every_business() -> Iterator[None]:
    """The escape: see and write the rows of every business. For commands, the admin site and bookkeeping."""
    with _set(EVERY):
        yield


@contextmanager
def nobody() -> Iterator[None]:
    """Start from nothing, and leave nothing behind."""
    with _set(None):
        yield


@contextmanager
def _set(scope: Scope) -> Iterator[None]:
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)
