"""A project of many small apps, one a pair, in an older and a newer version."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.processes import REPOSITORY
from tests.release.migrations.pairs.pair import Pair, Step

FIRST = "0001_"  # how a migration is called that depends on nothing
PACKAGES = ("django", "asgiref", "sqlparse", "psycopg2-binary")
BACKEND = REPOSITORY / "backend"
# The backend's own constraints, and what they import.
BORROWED = (
    "core/constraints.py",
    "core/log_context.py",
    "core/tenancy/constraints.py",
    "core/tenancy/scope.py",
)
SETTINGS = """\
import os

DEBUG = os.environ["DJANGO_DEBUG"] == "true"
SECRET_KEY = "not a secret"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
INSTALLED_APPS = os.environ["PROOF_APPS"].split() if "PROOF_APPS" in os.environ else {apps!r}
DATABASES = {{"default": {{
    "ENGINE": "django.db.backends.postgresql",
    "HOST": "127.0.0.1",
    "PORT": os.environ.get("PROOF_PORT", "1"),
    "NAME": os.environ.get("PROOF_NAME", "nothing"),
    "USER": "proof",
    "PASSWORD": os.environ.get("PROOF_PASSWORD", ""),
}}}}
"""
MANAGE = """\
import os
import sys

from django.core.management import execute_from_command_line

os.environ["DJANGO_SETTINGS_MODULE"] = "proof.settings"
execute_from_command_line(sys.argv)
"""
IMPORTS = """\
from django.db import migrations, models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from apps.core.constraints import Check
from apps.core.tenancy.constraints import SameTenant, TenantPolicy
"""
TOML = '[project]\nname = "proof"\n\n[stack]\ndjango = "{django}"\npython = "{python}"\n'


def write(root: Path, pairs: Iterable[Pair], *, django: str, python: str) -> None:
    """The older version of all of them, but for the migrations that makemigrations is to make."""
    backend = root / "backend"
    pairs = list(pairs)
    _put(root / "smctl.toml", TOML.format(django=django, python=python))
    _put(root / ".gitignore", ".smctl/\n__pycache__/\n")
    _put(backend / "requirements" / f"{django}-dev.txt", lock(django))
    _put(backend / "manage.py", MANAGE)
    _put(backend / "proof" / "__init__.py", "")
    _put(backend / "proof" / "settings.py", SETTINGS.format(apps=[pair.name for pair in pairs]))
    for borrowed in BORROWED:
        target = backend / "apps" / borrowed
        _put(target.parent / "__init__.py", "")
        shutil.copy(BACKEND / "apps" / borrowed, target)
    for pair in pairs:
        write_app(backend, pair)


def write_app(backend: Path, pair: Pair) -> None:
    app = backend / pair.name
    _put(app / "__init__.py", "")
    _put(app / "models.py", f"{IMPORTS}{pair.models}")
    _put(app / "migrations" / "__init__.py", "")
    write_migrations(backend, pair.name, pair.older, before=())


def write_newer(backend: Path, pair: Pair) -> None:
    """What the newer version has more. Its models are nobody's business here: they are those of the older."""
    folder = backend / pair.name / "migrations"
    for name in pair.removes:
        (folder / f"{name}.py").unlink()
    there = sorted(path.stem for path in folder.glob("0*.py"))
    write_migrations(backend, pair.name, pair.steps, before=there)


def write_migrations(backend: Path, app: str, steps: Mapping[str, Step], *, before: Iterable[str]) -> None:
    last = list(before)[-1:]
    for name, step in steps.items():
        dependencies = [] if name.startswith(FIRST) else [(app, other) for other in (step.after or last)]
        _put(
            backend / app / "migrations" / f"{name}.py",
            f"{IMPORTS}\nAPP = {app!r}\n{step.head}\n\nclass Migration(migrations.Migration):\n"
            f"    dependencies = {dependencies}\n    {step.words}\n    operations = [{step.operations}]\n",
        )
        last = [name]


def lock(django: str) -> str:
    """Of the backend's lock what Django itself needs, hashes included."""
    text = (BACKEND / "requirements" / f"{django}-dev.txt").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\w)", text)
    return "\n".join(block for block in blocks if block.partition("==")[0] in PACKAGES) + "\n"


def commit(root: Path, message: str) -> str:
    """Everything in the folder as a commit: its 40 hex digits."""
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", message]):
        subprocess.run(["git", "-C", str(root), *words], check=True)
    asked = ["git", "-C", str(root), "rev-parse", "HEAD"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
