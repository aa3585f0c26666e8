"""`smctl doctor`, from the command line to the exit status."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from smctl.project import env
from smctl.project.project import Project
from tests.processes import Main


@pytest.fixture(autouse=True)
def no_docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")


@pytest.fixture
def open_env(project: Project) -> Project:
    """With a .env that everybody can read."""
    env.complete(project.env_file, project.root / ".env.example")
    project.env_file.chmod(0o644)
    return project


def test_a_fresh_project_has_no_failure_and_is_exit_0(project: Project, main: Main) -> None:
    done = main("doctor", "--json")
    assert (done.code, done.json["ok"]) == (0, True)
    assert {"checks", "ok"} <= done.json.keys()
    for check in done.json["checks"]:
        assert list(check) == ["id", "status", "evidence", "fix"]
        assert check["status"] in ("ok", "warn", "skip")
        assert check["evidence"]
        assert bool(check["fix"]) == (check["status"] == "warn")


def test_a_failure_is_exit_1_and_says_what_to_do(open_env: Project, main: Main) -> None:
    done = main("doctor", "env.private", "git.program")
    lines = done.out.splitlines()
    assert (done.code, done.err) == (1, "")
    assert lines[0] == "✗ env.private  mode 0644: other users of this machine can read its secrets"
    assert lines[1].lstrip().startswith("→ chmod 0600 ")
    assert lines[2].startswith("✓ git.program  git 2.")
    assert main("doctor", "env.private", "--json").json["ok"] is False


def test_only_the_checks_that_are_named_are_made(project: Project, main: Main) -> None:
    checks = main("doctor", "git", "disk.project", "--json").json["checks"]
    assert [check["id"] for check in checks] == [
        "disk.project",
        "git.program",
        "git.repository",
        "git.identity",
    ]


def test_an_unknown_check_is_wrong_use_and_offers_the_nearest(main: Main) -> None:
    done = main("doctor", "prots", "--json")
    assert (done.code, done.error_code) == (2, "no_such_check")
    assert done.json["error"]["fix"] == 'did you mean "ports"?'


def test_fix_mends_what_is_safe_looks_again_and_says_so(open_env: Project, main: Main) -> None:
    done = main("doctor", "env", "--fix")
    assert (done.code, done.err) == (0, f"Mended: chmod 0600 {open_env.env_file}\n")
    assert "✓ env.private" in done.out
    assert stat.S_IMODE(open_env.env_file.stat().st_mode) == 0o600
    assert main("doctor", "env", "--fix", "--json").json["mended"] == []


def test_without_fix_nothing_is_changed(open_env: Project, main: Main) -> None:
    main("doctor")
    assert stat.S_IMODE(open_env.env_file.stat().st_mode) == 0o644


def test_outside_a_project_the_machine_is_checked(
    main: Main, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = main("doctor", "--json")
    statuses = {check["id"]: check["status"] for check in done.json["checks"]}
    assert (done.code, statuses["git.program"], statuses["env.file"]) == (0, "ok", "skip")


def test_a_folder_that_is_not_there_is_wrong_use(main: Main) -> None:
    done = main("doctor", "--project", "/no/such/folder", "--json")
    assert (done.code, done.error_code) == (2, "no_such_folder")


def test_a_broken_smctl_toml_is_the_failure_and_the_rest_goes_on(project: Project, main: Main) -> None:
    (project.root / "smctl.toml").write_text("[project\n")
    done = main("doctor", "--json")
    failed = [check for check in done.json["checks"] if check["status"] == "fail"]
    assert (done.code, [check["id"] for check in failed]) == (1, ["config.file"])
    assert "smctl.toml line 1" in failed[0]["evidence"]


def test_no_value_of_env_is_shown(open_env: Project, main: Main) -> None:
    shown = main("doctor").out + main("doctor", "--json").out
    secrets = [value for value in env.read(open_env.env_file).values() if len(value) > 10]
    assert len(secrets) == 3
    assert not [secret for secret in secrets if secret in shown]
