"""What makes `up` look again, and what does not."""

from __future__ import annotations

import dataclasses

import pytest

from smctl.project.project import Project
from smctl.stack.docker import fingerprint
from smctl.stack.services import Stack


@pytest.fixture
def stack(project: Project) -> Stack:
    (project.root / "docker-compose.yml").write_text("services: {}\n")
    (project.backend / "requirements").mkdir(parents=True)
    project.env_file.write_text("KEY=1\n")
    return Stack(project, {"web": 8000, "db": 5432}, {}, "abc")


def test_the_same_stack_has_the_same_fingerprint(stack: Stack) -> None:
    again = dataclasses.replace(stack, ports={"db": 5432, "web": 8000})
    assert fingerprint.of_stack(stack, "shop") == fingerprint.of_stack(again, "shop")


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".dockerignore",
        "docker-compose.yml",
        "docker-compose.override.yml",
        "compose.yaml",
        "backend/Dockerfile",
        "backend/requirements/5.2-dev.txt",
    ],
)
def test_a_file_that_containers_are_made_from_changes_it(stack: Stack, path: str) -> None:
    before = fingerprint.of_stack(stack, "shop")
    (stack.project.root / path).write_text("changed\n")
    assert fingerprint.of_stack(stack, "shop") != before


def test_ports_release_and_name_change_it(stack: Stack) -> None:
    prints = {
        fingerprint.of_stack(stack, "shop"),
        fingerprint.of_stack(stack, "other"),
        fingerprint.of_stack(dataclasses.replace(stack, release="def"), "shop"),
        fingerprint.of_stack(dataclasses.replace(stack, ports={"web": 8001, "db": 5432}), "shop"),
    }
    assert len(prints) == 4


def test_code_is_mounted_and_does_not_change_it(stack: Stack) -> None:
    before = fingerprint.of_stack(stack, "shop")
    (stack.project.backend / "manage.py").write_text("changed\n")
    assert fingerprint.of_stack(stack, "shop") == before


def test_only_the_lock_the_dockerfile_and_the_ignored_make_a_new_image(stack: Stack) -> None:
    before = fingerprint.of_image(stack.project)
    stack.project.env_file.write_text("KEY=2\n")
    assert fingerprint.of_image(stack.project) == before
    (stack.project.backend / "requirements" / "5.2-dev.txt").write_text("django==5.2.19\n")
    assert fingerprint.of_image(stack.project) != before
