"""What every test may use: a machine of its own, a minimal project, and smctl as a person runs it.

machine   autouse: what smctl and git remember of this machine is in a temporary folder, not in the user's.
          A folder of tests that shares one stack overrides it with a wider scope, by the same name.
project   a folder with smctl.toml (free ports), .env.example and a git repository: the least smctl takes.
smctl     run it: smctl("status", "--json").code, .out, .err, .json; see tests/processes.py, also for `start`.
main      the same in this process and in the project's folder: quick, for what needs no process of its own.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from smctl import cli
from smctl.project.project import Project
from smctl.stack.docker import api
from tests import processes
from tests.sockets import free_ports

ENV_EXAMPLE = """\
# Signs sessions and tokens. (secret)
DJANGO_SECRET_KEY=
# Password of the database user. (secret)
POSTGRES_PASSWORD=
# Password of the demo users. (secret)
DEMO_PASSWORD=
# True on a developer's machine only.
DJANGO_DEBUG=True
# Set by the stack; leave it empty.
DATABASE_URL=
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests come first, so that no process is left alone with them in the end. Tests that need a Docker
    Engine are skipped, by name, where none answers or it has no base images.
    """
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    marked = [item for item in items if item.get_closest_marker("docker")]
    why = _no_docker() if marked else ""
    for item in marked if why else ():
        item.add_marker(pytest.mark.skip(reason=why))


def _no_docker() -> str:
    if not api.reachable():
        return "no Docker Engine answers"
    if not api.images_available(Project(processes.REPOSITORY)):
        return "the Docker Engine has no base images and reaches no registry"
    return ""


@pytest.fixture(autouse=True)
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where smctl remembers things about the machine: empty, and this test's alone."""
    folder = tmp_path_factory.mktemp("machine")
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch, folder)
        yield folder / "smctl"


def isolate(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Point everything that a user may have set for himself to `folder`."""
    git_config = folder / "gitconfig"
    git_config.write_text(
        "[user]\n\tname = Test\n\temail = test@example.com\n[init]\n\tdefaultBranch = main\n",
        encoding="utf-8",
    )
    patch.setenv("XDG_STATE_HOME", str(folder))
    patch.setenv("GIT_CONFIG_GLOBAL", str(git_config))
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "shop")


def make_project(root: Path, name: str = "shop") -> Project:
    """A minimal project at `root`, on ports that are free now."""
    root.mkdir(parents=True)
    web, db, redis, frontend = free_ports(4)
    ports = f"{{ web = {web}, db = {db}, redis = {redis}, frontend = {frontend} }}"
    (root / "smctl.toml").write_text(
        f'[project]\nname = "{name}"\n\n[dev]\nengine = "auto"\nports = {ports}\n', encoding="utf-8"
    )
    (root / ".env.example").write_text(ENV_EXAMPLE, encoding="utf-8")
    (root / ".gitignore").write_text(".env\n.smctl/\n", encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    return Project(root.resolve())


@pytest.fixture
def smctl(request: pytest.FixtureRequest, tmp_path: Path) -> processes.Smctl:
    """Runs in the test's project where it has one, else in its temporary folder."""
    here: Path = request.getfixturevalue("project").root if "project" in request.fixturenames else tmp_path

    def run(
        *arguments: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        timeout: float = 60,
    ) -> processes.Done:
        return processes.run(*arguments, cwd=cwd or here, env=env, stdin=stdin, timeout=timeout)

    return run


@pytest.fixture
def main(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> processes.Main:
    monkeypatch.chdir(project.root)

    def run(*arguments: str) -> processes.Done:
        code = cli.main(arguments)
        said = capsys.readouterr()
        return processes.Done(code, said.out, said.err)

    return run
