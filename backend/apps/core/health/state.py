"""The words of a health report, and the errors by which a check says that all is not well."""

from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    DOWN = "down"
    TIMEOUT = "timeout"


class ServiceDown(Exception):
    """The service cannot be reached or refuses to serve. One that says nothing is a TimeoutError instead."""
