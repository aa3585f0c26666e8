"""A verb that is one of Django's own commands: it speaks for itself, or into a document."""

from __future__ import annotations

import time
from collections.abc import Sequence

from smctl.commands import naming
from smctl.commands.invocation import Invocation
from smctl.data import manage as django
from smctl.output import on_a_terminal


def manage(call: Invocation, words: Sequence[str]) -> int:
    """Run `manage.py WORDS`. With --json: {"output": [line…], "seconds"}, and an error where it fails."""
    engine, began = naming.existing_engine(call.project), time.perf_counter()
    if not call.out.as_json:
        return django.run(engine, words, tty=on_a_terminal())
    done = django.capture(engine, words, on_line=call.out.progress)
    took = round(time.perf_counter() - began, 3)
    call.out.data({"output": done.stdout.splitlines(), "seconds": took}, "")
    return 0
