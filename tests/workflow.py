"""The rendered workflow, and a runner for its `run:` steps on this machine.

A step gets what GitHub would give it: the workflow's, the job's and its own environment with the expressions
filled in, the shell's flags, the folder, and what an earlier step of its job has added to PATH.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.processes import REPOSITORY

PATH = REPOSITORY / ".github" / "workflows" / "deploy.yml"
# https://docs.github.com/actions, jobs.<job_id>.steps[*].shell: "bash"
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
# What only the process that runs the tests is to have; how this machine reaches its registries is not of it.
OURS = re.compile(r"VIRTUAL_ENV$|PYTHON|PYTEST_|GITHUB_")
EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")
Step = Mapping[str, Any]


def load(text: str | None = None) -> dict[str, Any]:
    """The workflow as a document. YAML 1.1 reads its `on` as true."""
    document: dict[str, Any] = yaml.safe_load(PATH.read_text(encoding="utf-8") if text is None else text)
    return document


def scripts(workflow: Mapping[str, Any]) -> Iterator[tuple[str, Step]]:
    """Every step with a `run:`, as (job, step), in order."""
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            if "run" in step:
                yield name, step


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """A text of the workflow with its expressions' values; one that is not known fails the test."""
    return EXPRESSION.sub(lambda found: values[found[1]], text)


@dataclass
class Ran:
    step: Step
    status: int
    output: str
    seconds: float


@dataclass
class Machine:
    """A runner. root: the checkout. programs: first on PATH. values: the expressions'. env: over all else."""

    root: Path
    programs: list[Path]
    values: Mapping[str, str]
    env: Mapping[str, str] = field(default_factory=dict)

    def run_job(self, name: str, *, names: tuple[str, ...] = ()) -> list[Ran]:
        """Run its scripts in order, until one fails; only those of these names where any are given."""
        workflow, added, ran = load(), self.root.parent / f"path-{name}", list[Ran]()
        added.write_text("")
        for step in workflow["jobs"][name]["steps"]:
            if "run" not in step or (names and step["name"] not in names):
                continue
            own = {**workflow["env"], **workflow["jobs"][name].get("env", {}), **step.get("env", {})}
            ran.append(
                self._run(
                    step, {key: filled_in(str(value), self.values) for key, value in own.items()}, added
                )
            )
            if ran[-1].status != 0:
                break
        return ran

    def _run(self, step: Step, own: Mapping[str, str], added: Path) -> Ran:
        folders = [*reversed(added.read_text().split()), *map(str, self.programs)]
        env = {
            **{name: value for name, value in os.environ.items() if not OURS.match(name)},
            "PATH": os.pathsep.join([*folders, os.environ["PATH"]]),
            "CI": "true",
            "GITHUB_PATH": str(added),
            "GITHUB_SHA": self.values["github.sha"],
            **own,
            **self.env,
        }
        began = time.monotonic()
        done = subprocess.run(
            [*BASH, step["run"]],
            cwd=self.root / step.get("working-directory", "."),
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=240,
        )
        return Ran(step, done.returncode, done.stdout, time.monotonic() - began)
