"""The backend's Python environment, made by the real uv from locks that need no network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from smctl.errors import SmctlError, WrongUse
from smctl.project.project import Project
from smctl.stack.embedded import environment

THIS = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))


@pytest.fixture
def backend(project: Project) -> Project:
    """A project whose lock asks for nothing, for the Python that runs this."""
    lock(project, "# nothing\n")
    source = (project.root / "smctl.toml").read_text()
    (project.root / "smctl.toml").write_text(f'{source}[stack]\npython = "{THIS}"\n')
    return project


def lock(project: Project, content: str, django: str = "5.2") -> None:
    path = project.backend / "requirements" / f"{django}-dev.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def ensure(project: Project) -> tuple[Path, list[str]]:
    steps = list[str]()
    return environment.ensure(project, steps.append), steps


def test_it_is_made_once_and_then_there(backend: Project) -> None:
    assert not environment.is_ready(backend)
    made, steps = ensure(backend)
    assert steps == ["making a Python environment", "installing the backend's packages"]
    assert environment.is_ready(backend)
    assert ensure(backend) == (made, [])
    asked = [str(made / "bin" / "python"), "-c", "import sys; print(sys.prefix != sys.base_prefix)"]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout == "True\n"


def test_another_lock_is_another_environment(backend: Project) -> None:
    before = environment.folder(backend)
    lock(backend, "# something else\n")
    assert environment.folder(backend) != before


def test_another_django_or_python_is_another_environment(backend: Project) -> None:
    lock(backend, "# of 4.2\n", django="4.2")
    file = backend.root / "smctl.toml"
    source = file.read_text()
    folders = {environment.folder(backend)}
    other = "3.12" if THIS != "3.12" else "3.13"
    for changed in (source + 'django = "4.2"\n', source.replace(f'"{THIS}"', f'"{other}"')):
        file.write_text(changed)
        folders.add(environment.folder(Project(backend.root)))
    assert len(folders) == 3


def test_the_one_before_is_kept_and_older_ones_go(backend: Project) -> None:
    made = []
    for number in range(3):
        lock(backend, f"# {number}\n")
        made.append(ensure(backend)[0])
    assert [path.exists() for path in made] == [False, True, True]


def test_what_an_interrupted_install_left_is_made_anew(backend: Project) -> None:
    half = environment.folder(backend).with_name(f"{environment.folder(backend).name}.new")
    (half / "bin").mkdir(parents=True)
    (half / "bin" / "python").write_text("broken")
    made, _ = ensure(backend)
    assert not half.exists()
    subprocess.run([made / "bin" / "python", "-c", ""], check=True)


def test_packages_that_cannot_be_had_are_told_with_the_installers_words(backend: Project) -> None:
    lock(backend, f"no-such-package==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(SmctlError) as caught:
        ensure(backend)
    error = caught.value
    assert error.code == "packages_unavailable"
    assert "no-such-package" in error.why
    assert "smctl up" in error.fix
    assert not environment.is_ready(backend)


def test_an_install_that_takes_too_long_is_told(backend: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "INSTALL_DEADLINE", 0.001)
    with pytest.raises(SmctlError) as caught:
        ensure(backend)
    assert caught.value.code == "packages_unavailable"


def test_a_project_without_the_lock_of_its_django_is_told_which_file_is_missing(project: Project) -> None:
    with pytest.raises(WrongUse) as caught:
        ensure(project)
    assert caught.value.code == "lock_missing"
    assert "backend/requirements/5.2-dev.txt" in caught.value.message


def test_a_python_that_is_not_here_is_none() -> None:
    assert environment.interpreter(THIS) == sys.executable
    assert environment.interpreter("3.99") == ""
