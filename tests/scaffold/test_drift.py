"""Generated files against a real folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from smctl.scaffold import drift
from smctl.scaffold.rendering import Rendered, marker

OURS = Rendered("deep/er/file.yml", f"{marker('#')}\nkey: value\n")


def status(root: Path) -> str:
    (compared,) = drift.compare(root, [OURS])
    return compared.status


def put(root: Path, text: str) -> Path:
    path = root / OURS.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def test_a_missing_file_is_written(tmp_path: Path) -> None:
    assert status(tmp_path) == "missing"
    drift.write(tmp_path, drift.compare(tmp_path, [OURS]))
    assert (tmp_path / OURS.path).read_bytes() == OURS.text.encode()
    assert status(tmp_path) == "same"


def test_writing_again_leaves_the_file_alone(tmp_path: Path) -> None:
    path = put(tmp_path, OURS.text)
    before = path.stat()
    drift.write(tmp_path, drift.compare(tmp_path, [OURS]))
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("change", [("value", "other"), ("\n", "\r\n")])
def test_an_edited_file_with_the_marker_is_written_over(tmp_path: Path, change: tuple[str, str]) -> None:
    put(tmp_path, OURS.text.replace(*change))
    assert status(tmp_path) == "differs"
    drift.write(tmp_path, drift.compare(tmp_path, [OURS]))
    assert status(tmp_path) == "same"


def test_a_file_without_the_marker_is_the_users_and_is_left_alone(tmp_path: Path) -> None:
    path = put(tmp_path, "key: mine\n")
    assert status(tmp_path) == "yours"
    drift.write(tmp_path, drift.compare(tmp_path, [OURS]))
    assert path.read_text() == "key: mine\n"


def test_the_diff_goes_from_what_is_there_to_what_would_be_written(tmp_path: Path) -> None:
    put(tmp_path, OURS.text.replace("value", "other"))
    (compared,) = drift.compare(tmp_path, [OURS])
    assert "-key: other\n+key: value\n" in compared.diff()
