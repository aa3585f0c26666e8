"""What a rehearsal is told besides the vendors' APIs: what is to go wrong, and what it has been asked."""

from __future__ import annotations

import json
from dataclasses import asdict

from smctl.rehearsal import faults
from smctl.rehearsal.calls import Calls
from smctl.rehearsal.exchange import Answer, Asked, Route
from smctl.rehearsal.platform import Platform
from smctl.rehearsal.refusal import Refusal


class Control:
    """POST /_faults adds a list of rules, GET shows them, DELETE takes all back. GET /_calls lists what was
    asked. POST /_policy sets how the platform behaves: policy, retained, rollback_stops_auto_deploy."""

    def __init__(self, platform: Platform, calls: Calls) -> None:
        self._platform = platform
        self._calls = calls
        self.routes = (
            Route("GET", "/_faults", self._rules),
            Route("POST", "/_faults", self._add),
            Route("DELETE", "/_faults", self._clear),
            Route("GET", "/_calls", self._asked),
            Route("POST", "/_policy", self._set),
        )

    def _rules(self, asked: Asked) -> Answer:
        return Answer(body=[asdict(rule) for rule in self._platform.faults.rules])

    def _add(self, asked: Asked) -> Answer:
        try:
            self._platform.faults.add(*[faults.rule(each) for each in json.loads(asked.body)])
        except (ValueError, TypeError) as error:
            raise Refusal(400, f"not a list of faults: {error}") from error
        return self._rules(asked)

    def _clear(self, asked: Asked) -> Answer:
        self._platform.faults.clear()
        return Answer(204)

    def _asked(self, asked: Asked) -> Answer:
        return Answer(body=[asdict(call) for call in self._calls.all])

    def _set(self, asked: Asked) -> Answer:
        for name, value in asked.document().items():
            if name not in ("policy", "retained", "rollback_stops_auto_deploy"):
                raise Refusal(400, f"no such setting: {name}")
            setattr(self._platform, name, value)
        return Answer(204)
