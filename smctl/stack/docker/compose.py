"""What Compose does: build the image, and make the containers that the compose file describes."""

from __future__ import annotations

import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smctl.errors import NotHealthy, WrongUse
from smctl.project.project import Project
from smctl.stack.services import Stack

if TYPE_CHECKING:
    from python_on_whales import DockerClient

LINES_KEPT = 20
ATTEMPTS = 5
# Another Compose at work on the same containers, for instance the child of a killed `smctl up`. It ends.
PASSING = (
    "is already in use by container",
    "already in progress",
    "No such container",
    "is marked for removal",
)

BUILDKIT_PREFIX = re.compile(r"^#\d+ (\d+\.\d+ )?")  # number and clock of a build step

# What Compose reads by itself: the first of its own names, and an override.
FILES = ("docker-compose", "compose", "docker-compose.override", "compose.override")

OnLine = Callable[[str], None]


def files(project: Project) -> list[Path]:
    """Every file that Compose might read in this folder, there or not."""
    return [project.root / f"{name}{suffix}" for name in FILES for suffix in (".yml", ".yaml")]


def require_file(project: Project) -> None:
    """Raises WrongUse where Compose would find no file to read."""
    if "COMPOSE_FILE" not in os.environ and not any(path.is_file() for path in files(project)):
        raise WrongUse(
            "no_compose_file", f"There is no docker-compose.yml in {project.root}.", fix="smctl render"
        )


def build(stack: Stack, compose_project: str, on_line: OnLine) -> None:
    """Build the development image. Raises NotHealthy (`build_failed`) with the last lines."""
    last = deque[str](maxlen=LINES_KEPT)
    try:
        _read(
            _client(stack, compose_project).compose.build,
            stack,
            compose_project,
            on_line,
            last,
            progress="plain",
        )
    except _failure() as error:
        raise _broken(error) or NotHealthy(
            "build_failed", "The image could not be built.", why="\n".join(last), fix="docker compose build"
        ) from error


def create(stack: Stack, compose_project: str, on_line: OnLine) -> None:
    """Make what is missing and remake what has changed: network, volumes, containers. Starts nothing."""
    for attempt in range(1, ATTEMPTS + 1):
        last = deque[str](maxlen=LINES_KEPT)
        try:
            return _read(
                _client(stack, compose_project).compose.up,
                stack,
                compose_project,
                on_line,
                last,
                start=False,
                no_build=True,
            )
        except _failure() as error:
            if attempt < ATTEMPTS and any(words in line for line in last for words in PASSING):
                time.sleep(0.5 * attempt)
                continue
            raise _broken(error) or _not_created(list(last)) from error


def _read(
    verb: Callable[..., Any],
    stack: Stack,
    compose_project: str,
    on_line: OnLine,
    last: deque[str],
    **options: Any,
) -> None:
    with _environment(_variables(stack, compose_project)), _children_ended():
        for _, line in verb(stream_logs=True, **options):
            text = BUILDKIT_PREFIX.sub("", line.decode("utf-8", "replace")).strip()
            if text:
                last.append(text)
                on_line(text)


def _client(stack: Stack, compose_project: str) -> DockerClient:
    from python_on_whales import DockerClient

    return DockerClient(
        compose_project_name=compose_project,
        compose_project_directory=stack.project.root,
        compose_profiles=["frontend"] if "frontend" in stack.services else [],
    )


def _variables(stack: Stack, compose_project: str) -> dict[str, str]:
    """What the compose file leaves open. All of .env too: it wins over what the shell happens to have set."""
    ports = {f"{service.upper()}_PORT": str(port) for service, port in stack.ports.items()}
    ours = {
        "RELEASE_SHA": stack.release,
        "COMPOSE_PROJECT_NAME": compose_project,
        "BUILDKIT_PROGRESS": "plain",
    }
    return {**stack.env, **ports, **ours}


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """For python-on-whales, which hands our own environment on; no secret is on a command line."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _children_ended() -> Iterator[None]:
    """However the block is left, no docker command that was started in it goes on."""
    import psutil

    me = psutil.Process()
    before = set(me.children(recursive=True))
    try:
        yield
    except BaseException:
        for child in set(me.children(recursive=True)) - before:
            child.terminate()
        raise


def _failure() -> tuple[type[Exception], ...]:
    from python_on_whales import ClientNotFoundError, DockerException

    return DockerException, ClientNotFoundError


def _broken(error: Exception) -> NotHealthy | None:
    """There is no docker command, or it has no Compose."""
    words = str(error)
    if "could not be found on your PATH" not in words and "is not a docker command" not in words:
        return None
    return NotHealthy(
        "compose_missing",
        "The docker command with Compose 2.24 or newer is needed.",
        why=words.strip().splitlines()[-1],
        fix="install docker-cli and docker-compose-plugin, or: smctl up --engine embedded",
    )


def _not_created(last: list[str]) -> NotHealthy:
    why = "\n".join(last)
    if any("pull" in line.lower() or "manifest" in line.lower() for line in last):
        return NotHealthy("image_missing", "An image could not be had.", why=why, fix="docker compose pull")
    return NotHealthy(
        "compose_failed", "Compose could not make the containers.", why=why, fix="docker compose config"
    )
