"""`.env`: made once, completed later, never overwritten, and never shown."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from smctl.errors import WrongUse
from smctl.project import env
from smctl.project.project import Project

SECRETS = ("DJANGO_SECRET_KEY", "POSTGRES_PASSWORD", "DEMO_PASSWORD")


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o277], ids=lambda mask: f"umask {mask:03o}")
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield int(request.param)
    os.umask(before)


def test_only_its_owner_can_read_it_whatever_the_umask(project: Project, umask: int) -> None:
    complete(project)
    assert stat.S_IMODE(project.env_file.stat().st_mode) == 0o600


def test_it_has_every_key_of_the_example_and_its_default(project: Project) -> None:
    made = complete(project)
    assert made.created
    assert made.values["DJANGO_DEBUG"] == "True"
    assert made.values["DATABASE_URL"] == ""
    assert made.added == [*SECRETS, "DJANGO_DEBUG", "DATABASE_URL"]
    assert env.read(project.env_file) == made.values


def test_secrets_are_made_and_each_time_others(project: Project) -> None:
    first = complete(project).values
    project.env_file.unlink()
    second = complete(project).values
    for name in SECRETS:
        assert len(first[name]) >= 16 and first[name].isalnum()
        assert first[name] != second[name]
    assert len(set(map(first.__getitem__, SECRETS))) == len(SECRETS)
    assert len(first["DJANGO_SECRET_KEY"]) == 64


def test_one_value_is_put_in_and_every_other_line_stays(project: Project) -> None:
    project.env_file.write_text("# mine\nKEPT='a b'\n")
    env.put(project.env_file, env.Key("NAME", "first", "Which one."))
    assert project.env_file.read_text() == "# mine\nKEPT='a b'\n\n# Which one.\nNAME=first\n"
    env.put(project.env_file, env.Key("NAME", "second", ""))
    assert project.env_file.read_text() == "# mine\nKEPT='a b'\n\n# Which one.\nNAME=second\n"


def test_what_is_there_is_never_changed(project: Project) -> None:
    complete(project)
    edited = project.env_file.read_text().replace("DJANGO_DEBUG=True", "DJANGO_DEBUG=False\nMINE='a b'")
    project.env_file.write_text(edited)
    again = complete(project)
    assert project.env_file.read_text() == edited
    assert (again.created, again.added) == (False, [])
    assert (again.values["DJANGO_DEBUG"], again.values["MINE"]) == ("False", "a b")


def test_a_new_key_of_the_example_is_added_with_its_comment(project: Project) -> None:
    complete(project)
    before = project.env_file.read_text()
    add_to_example(project, "# Where errors go.\n# Optional.\nSENTRY_DSN=none\n")
    assert complete(project).added == ["SENTRY_DSN"]
    assert project.env_file.read_text() == before + "\n# Where errors go.\n# Optional.\nSENTRY_DSN=none\n"


def test_an_empty_secret_is_filled_in_where_it_stands_once(project: Project) -> None:
    project.env_file.write_text("DEMO_PASSWORD=\nMINE=1\n")
    made = complete(project)
    assert "DEMO_PASSWORD" in made.added and made.values["DEMO_PASSWORD"]
    assert project.env_file.read_text().count("DEMO_PASSWORD=") == 1
    assert made.values["MINE"] == "1"


def test_a_secret_may_be_marked_in_any_line_of_its_comment(project: Project) -> None:
    add_to_example(project, "# Signs links. (secret)\n# Letters and digits.\nLINK_KEY=\n")
    assert len(complete(project).values["LINK_KEY"]) == 64


def test_a_comment_belongs_to_the_key_right_below_it_alone(project: Project) -> None:
    (project.root / ".env.example").write_text("# What this file is. (secret)\n\nPLAIN=\n# Of B.\nB=\nC=\n")
    keys = env.keys_of(project.root / ".env.example")
    assert [(key.name, key.comment) for key in keys] == [("PLAIN", ""), ("B", "Of B."), ("C", "")]


def test_no_temporary_file_is_left(project: Project) -> None:
    before = {path.name for path in project.root.iterdir()}
    complete(project)
    assert {path.name for path in project.root.iterdir()} - before == {".env"}


LINES = {
    "A=1": "1",
    "export A=1": "1",
    "  A = 1  ": "1",
    'A="a b"': "a b",
    "A='a # b'": "a # b",
    'A="1" # why': "1",
    "A=1 # why": "1",
    "A=# why": "# why",
    "A= # why": "# why",
    "A=a#b": "a#b",
    "A=": "",
    "A=x=y": "x=y",
    "A=it's": "it's",
    "A=দোকান": "দোকান",
}


@pytest.mark.parametrize("line", LINES)
def test_a_value_is_read_as_compose_reads_it(line: str, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(f"# comment\n\n{line}\n", encoding="utf-8", newline="\r\n")
    assert env.read(path) == {"A": LINES[line]}


@pytest.mark.parametrize("line", ["hunter2", "my key=hunter2", "=hunter2", "7A=hunter2"])
def test_a_bad_line_is_refused_by_its_number_without_showing_it(line: str, project: Project) -> None:
    project.env_file.write_text(f"A=1\n{line}\n")
    with pytest.raises(WrongUse) as caught:
        complete(project)
    error = caught.value
    assert error.message == ".env line 2 is not KEY=VALUE."
    assert "hunter2" not in str(error.as_document())
    assert project.env_file.read_text() == f"A=1\n{line}\n"


def test_a_file_in_another_encoding_is_refused_without_showing_it(project: Project) -> None:
    project.env_file.write_bytes(b"A=1\nB=hunter2\xff\n")
    with pytest.raises(WrongUse) as caught:
        complete(project)
    assert caught.value.message == ".env line 2 is not UTF-8."
    assert "hunter2" not in str(caught.value.as_document())


def test_without_an_example_there_is_nothing_to_make_it_from(project: Project) -> None:
    (project.root / ".env.example").unlink()
    with pytest.raises(WrongUse) as caught:
        complete(project)
    assert (caught.value.code, caught.value.fix) == ("env_example_missing", "smctl render")


def complete(project: Project) -> env.Completed:
    return env.complete(project.env_file, project.root / ".env.example")


def add_to_example(project: Project, text: str) -> None:
    with open(project.root / ".env.example", "a", encoding="utf-8") as stream:
        stream.write(text)
