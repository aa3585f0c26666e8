"""From a saved file to the new code: a view of the private copy has a constant, which is changed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import redis

from bench.parts import Parts
from bench.rows import Row
from bench.samples import interleaved
from bench.stacks import Stacks
from smctl.project.project import Project
from smctl.stack import probes
from tests.e2e.live import LiveStack

PATH = "/bench-edition"
SETTLED = 1.5  # seconds after a start or a reload, in which whoever watches the files begins to
POLL = 0.005
DEADLINE = 30.0

VIEW = """\
from django.http import HttpRequest, HttpResponse

EDITION = "{edition}"


def edition(request: HttpRequest) -> HttpResponse:
    return HttpResponse(EDITION)
"""
ROUTE = f"""

from apps.core import bench_view

urlpatterns.append(path("{PATH.lstrip('/')}", bench_view.edition))
"""
# Each is longer than the one before: Python takes its compiled file for current if size and second agree.
EDITIONS = ("x" * length for length in itertools.count(1))


def run(stacks: Stacks, rounds: int) -> Iterator[Row]:
    stack = stacks.embedded
    stack.up()
    stack.down()
    view = _add_view(stack)
    workers: list[float] = []
    boots: list[float] = []

    def ours() -> float:
        stack.up()
        served, worker = _edit_under_smctl(stack, view)
        workers.append(worker)
        stack.down()
        return served

    def by_hand() -> float:
        with Parts(stack) as parts:
            served = _edit_under_gunicorn(parts, stack, view)
            boots.append(parts.start("worker"))
        return served

    smctl, gunicorn = interleaved(rounds, ours, by_hand)
    yield Row("edit to served", smctl, "gunicorn --reload", gunicorn, budget=0.5)
    yield Row("edit to new worker ready", workers, "Celery boot by hand", boots)


def _add_view(stack: LiveStack) -> Path:
    project = Project(stack.root)
    view = project.backend / "apps" / "core" / "bench_view.py"
    view.write_text(VIEW.format(edition=next(EDITIONS)), encoding="utf-8")
    urls = project.backend / project.config.project.name / "urls.py"
    urls.write_text(urls.read_text(encoding="utf-8") + ROUTE, encoding="utf-8")
    return view


def _edit_under_smctl(stack: LiveStack, view: Path) -> tuple[float, float]:
    """Seconds until the new view is served, and until the new worker is ready."""
    _settle(stack)
    worker = _heartbeat(stack)
    edition = next(EDITIONS)
    began = time.perf_counter()
    view.write_text(VIEW.format(edition=edition), encoding="utf-8")
    served = _until(began, lambda: _serves(stack, edition))
    ready = _until(began, lambda: _heartbeat(stack) not in (b"", worker))
    return served, ready


def _edit_under_gunicorn(parts: Parts, stack: LiveStack, view: Path) -> float:
    for service in ("db", "redis"):
        parts.start(service)
    parts.start("web", "--reload")
    _settle(stack)
    edition = next(EDITIONS)
    began = time.perf_counter()
    view.write_text(VIEW.format(edition=edition), encoding="utf-8")
    served = _until(began, lambda: _serves(stack, edition))
    parts.stop("web")
    return served


def _settle(stack: LiveStack) -> None:
    """The routes are loaded with the first request, and only then watched by gunicorn."""
    answer = stack.get(PATH)
    assert answer.status == 200, f"{PATH} answers {answer.status}"
    time.sleep(SETTLED)


def _serves(stack: LiveStack, edition: str) -> bool:
    return stack.get(PATH, deadline=DEADLINE).body == edition


def _heartbeat(stack: LiveStack) -> bytes:
    """The name of the worker whose heartbeat is in Redis; empty where there is none."""
    with redis.Redis(host="127.0.0.1", port=stack.ports["redis"]) as client:
        beat = client.get(probes.WORKER_HEARTBEAT_KEY)
    return beat if isinstance(beat, bytes) else b""


def _until(began: float, done: Callable[[], bool]) -> float:
    while not done():
        assert time.perf_counter() - began < DEADLINE, f"no new code within {DEADLINE:g} s"
        time.sleep(POLL)
    return time.perf_counter() - began
