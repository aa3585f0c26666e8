"""A reader, or a crash, sees the old file or the new one and nothing between."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from smctl.project import files


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    texts = {letter * 200_000 for letter in "ab"}
    files.write_atomic(path, "a" * 200_000)
    seen, over = set[str](), threading.Event()

    def read() -> None:
        while not over.is_set():
            seen.add(path.read_text())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(10):
        for text in texts:
            files.write_atomic(path, text)
    over.set()
    reader.join()
    assert seen <= texts


def test_a_file_in_a_folder_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files.write_atomic(tmp_path / "no" / "file", "x")
    assert not list(tmp_path.iterdir())


def test_a_write_that_fails_at_its_last_step_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "in the way").mkdir()
    with pytest.raises(OSError):
        files.write_atomic(tmp_path / "in the way", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["in the way"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'"text"'])
def test_what_is_no_json_object_is_read_as_an_empty_one(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)
    assert (
        files.read_json(path) == {} == files.read_json(tmp_path / "none") == files.read_json(path / "below")
    )


def test_a_private_folder_is_private_whatever_the_umask_and_whatever_it_was(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir(mode=0o755)
    before = os.umask(0)
    try:
        folders = [files.private_dir(tmp_path / "old"), files.private_dir(tmp_path / "a" / "b")]
    finally:
        os.umask(before)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700, 0o700]
