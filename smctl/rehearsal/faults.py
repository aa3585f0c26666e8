"""Misbehaviour on demand, so that a release can be rehearsed on a bad day."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ALWAYS = 0

DeployFault = Literal["slow_build", "unhealthy", "crash", "crash_when_live", "late"]


class WrongFault(ValueError):
    """A rule that cannot be followed; the message says why."""


@dataclass
class Rule:
    """One thing that goes wrong.

    Of requests: method and path (regular expressions, matched whole and anywhere). Of deploys: service (a
    regular expression of its name). nth: from which match on, 1 for the first. times: how many, 0 for all.

    Of a request: status (with body, headers) answers it so, without doing it. empty_202 does it, and answers
    nothing. delay: seconds (real ones) before it is done, answer_delay after. cut: "before" closes the
    connection without doing it, "after" does it and closes in the middle of the answer.

    Of a deploy: slow_build (seconds), unhealthy, crash (the new release ends at once, with status 1),
    crash_when_live (seconds after it went live, it ends with status 1 and does not come back), late (the list
    of deploys does not have it for that many seconds).
    """

    method: str = ".*"
    path: str = ""
    service: str = ""
    nth: int = 1
    times: int = 1
    status: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    empty_202: bool = False
    delay: float = 0.0
    answer_delay: float = 0.0
    cut: Literal["", "before", "after"] = ""
    deploy: DeployFault | Literal[""] = ""
    seconds: float = 0.0
    seen: int = 0

    def __post_init__(self) -> None:
        for pattern in (self.method, self.path, self.service):
            try:
                re.compile(pattern)
            except re.error as error:
                raise WrongFault(f"{pattern!r} is no regular expression: {error}") from error
        if bool(self.service) != bool(self.deploy):
            raise WrongFault("service and deploy belong together")

    def hits(self) -> bool:
        """Whether this match is one of those that go wrong; counts it."""
        self.seen += 1
        return self.seen >= self.nth and (self.times == ALWAYS or self.seen < self.nth + self.times)


class Faults:
    """The rules in force; the first that hits decides."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def add(self, *rules: Rule) -> None:
        with self._lock:
            self._rules.extend(rules)

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    @property
    def rules(self) -> list[Rule]:
        return list(self._rules)

    def of_request(self, method: str, path: str) -> Rule | None:
        with self._lock:
            matching = [
                rule
                for rule in self._rules
                if not rule.service and re.fullmatch(rule.method, method) and re.search(rule.path, path)
            ]
            return next((rule for rule in matching if rule.hits()), None)

    def of_deploy(self, service: str) -> Rule | None:
        with self._lock:
            matching = [rule for rule in self._rules if rule.service and re.search(rule.service, service)]
            return next((rule for rule in matching if rule.hits()), None)


def rule(document: Mapping[str, Any]) -> Rule:
    """A rule as JSON has it; raises WrongFault."""
    try:
        return Rule(**document)
    except TypeError as error:
        raise WrongFault(str(error).replace("Rule.__init__() ", "")) from error
