"""A deploy that is killed at any moment, and asked for again: nothing is triggered twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smctl.rehearsal.faults import Rule
from tests.processes import REPOSITORY as ROOT
from tests.release.stage import WEB, WORKER, A, B, Stage

STEPS = ("deploy web", "deploy worker", "verify", "settle")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    origin, clone = tmp_path / "origin.git", tmp_path / "clone"
    for words in (
        ["init", "--quiet", "--bare", str(origin)],
        ["init", "--quiet", str(clone)],
        ["-C", str(clone), "remote", "add", "origin", str(origin)],
    ):
        subprocess.run(["git", *words], check=True)
    return clone


def started(stage: Stage, repository: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.release.driver", str(repository), stage.target.url, B],
        cwd=ROOT,
        env=os.environ | stage.api.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout
    yield from process.stdout


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
@pytest.mark.parametrize("step", STEPS)
def test_the_next_run_goes_on(stage: Stage, repository: Path, step: str, how: signal.Signals) -> None:
    stage.goes_wrong(
        *(Rule(service=service, deploy="slow_build", seconds=0.3) for service in (WEB, WORKER)),
        Rule(method="PATCH", path="/services/", answer_delay=0.3),
    )
    first = started(stage, repository)
    for line in lines(first):
        if line.startswith(f"{step} running"):
            first.send_signal(how)
            break
    first.communicate(timeout=20)
    assert first.returncode
    second = started(stage, repository)
    said, _ = second.communicate(timeout=30)
    assert said.endswith("live\n"), said
    assert stage.live == (B, B) and stage.answers == B
    assert stage.asked_for(B) == (1, 1)
    assert stage.asked_for(A) == (1, 1)
    assert {service.image.rpartition("sha-")[2] for service in stage.pair.services} == {B}
