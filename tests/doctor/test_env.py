"""What the doctor sees of a .env that is made ill on purpose: names of keys, never a value."""

from __future__ import annotations

import stat

import pytest

from smctl.project import env
from smctl.project.project import Project
from tests.doctor.conftest import Find


@pytest.fixture
def made(project: Project) -> Project:
    """With a .env as `up` makes it."""
    env.complete(project.env_file, project.root / ".env.example")
    return project


def test_env_as_up_makes_it_is_well(made: Project, find: Find) -> None:
    found = [find(f"env.{name}") for name in ("file", "complete", "secrets", "private")]
    assert [result.status for result in found] == ["ok"] * 4


def test_env_that_is_not_there_yet_is_said_once(find: Find) -> None:
    assert find("env.file").status == "warn"
    assert {find(f"env.{name}").status for name in ("complete", "secrets", "private")} == {"skip"}


def test_env_names_what_is_missing_or_empty_and_shows_no_value(made: Project, find: Find) -> None:
    values = env.read(made.env_file)
    made.env_file.write_text(f"DJANGO_SECRET_KEY={values['DJANGO_SECRET_KEY']}\nPOSTGRES_PASSWORD=\n")
    complete, secrets = find("env.complete"), find("env.secrets")
    assert (complete.status, complete.evidence) == (
        "warn",
        "missing: DEMO_PASSWORD, DJANGO_DEBUG, DATABASE_URL",
    )
    assert (secrets.status, secrets.evidence) == ("fail", "empty: POSTGRES_PASSWORD")
    assert values["DJANGO_SECRET_KEY"] not in repr([complete, secrets])


def test_env_that_others_can_read_fails_and_can_be_mended(made: Project, find: Find) -> None:
    made.env_file.chmod(0o644)
    found = find("env.private")
    assert (found.status, "0644" in found.evidence, "--fix" in found.fix) == ("fail", True, True)
    assert found.mend is not None
    assert found.mend() == f"chmod 0600 {made.env_file}"
    assert stat.S_IMODE(made.env_file.stat().st_mode) == 0o600
    assert find("env.private").status == "ok"


def test_env_with_a_bad_line_fails_by_its_number(made: Project, find: Find) -> None:
    made.env_file.write_text("A=1\nhunter2\n")
    found = find("env.complete")
    assert found.status == "fail" and ".env line 2" in found.evidence
    assert "hunter2" not in repr(found)


def test_env_without_its_example_fails(made: Project, find: Find) -> None:
    (made.root / ".env.example").unlink()
    assert (find("env.complete").status, find("env.complete").fix) == ("fail", "smctl render")
