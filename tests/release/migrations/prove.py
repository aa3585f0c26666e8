# mypy: disable-error-code="import-not-found,import-untyped"
"""A script that runs in one version of the project, on a real database: jobs on stdin, results on stdout.

["make", [APP…]]            makemigrations
["migrate"]                 everything forwards
["run", {APP: CODE}]        code over the app's models, undone afterwards: {APP: error, "" where it passes}
["keep", {APP: CODE}]       the same, kept
["back", {APP: [TARGET…]}]  migrate APP TARGET, in order: {APP: error}
["back_alone", the same]    as if there were no other app; the only job
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

import django
from django.core.management import call_command
from django.db import connection, transaction

ERRORS = (Exception,)
BEFORE_FORKING = (
    "django.contrib.postgres.operations",
    "django.contrib.postgres.fields",
    "django.core.management.commands.migrate",
    "django.db.backends.postgresql.base",
    "apps.core.tenancy.constraints",
)


class Undone(Exception):
    """Ends a transaction that is not to be kept."""


def make(apps: list[str]) -> None:
    call_command("makemigrations", *apps, verbosity=0)


def migrate() -> None:
    call_command("migrate", verbosity=0)


def run(codes: dict[str, str]) -> dict[str, str]:
    return {app: _error(app, code, keep=False) for app, code in codes.items()}


def keep(codes: dict[str, str]) -> dict[str, str]:
    return {app: _error(app, code, keep=True) for app, code in codes.items()}


def _error(app: str, code: str, *, keep: bool) -> str:
    try:
        with transaction.atomic():
            exec(code, dict(vars(sys.modules[f"{app}.models"])))
            connection.check_constraints()
            if not keep:
                raise Undone
    except Undone:
        return ""
    except ERRORS as error:
        return f"{type(error).__name__}: {error}"
    return ""


def back(plans: dict[str, list[str]]) -> dict[str, str]:
    return {app: _taken_back(app, targets) for app, targets in plans.items()}


def back_alone(plans: dict[str, list[str]]) -> dict[str, str]:
    """Each in a fork that has this app alone, because `migrate` takes the longer the more apps there are."""
    for module in BEFORE_FORKING:
        importlib.import_module(module)
    return {app: _in_a_fork(app, targets) for app, targets in plans.items()}


def _in_a_fork(app: str, targets: list[str]) -> str:
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.environ["PROOF_APPS"] = app
        django.setup()
        os.write(writing, _taken_back(app, targets).encode()[:4000])
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8", errors="replace") as answer:
        error = answer.read()
    _, status = os.wait()
    return error or ("" if status == 0 else f"exit status {status}")


def _taken_back(app: str, targets: list[str]) -> str:
    try:
        for target in targets:
            call_command("migrate", app, target, verbosity=0)
    except ERRORS as error:
        return f"{type(error).__name__}: {error}"
    return ""


JOBS: dict[str, Any] = {
    "make": make,
    "migrate": migrate,
    "run": run,
    "keep": keep,
    "back": back,
    "back_alone": back_alone,
}

if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    os.environ["DJANGO_SETTINGS_MODULE"] = "proof.settings"
    jobs = json.load(sys.stdin)
    if jobs[0][0] != "back_alone":
        django.setup()
    print(json.dumps([JOBS[name](*arguments) for name, *arguments in jobs]))
