"""Watching the backend's source, in a thread of its own, from when the stack is first healthy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

SUFFIXES = (".py", ".html")
# Milliseconds: how long changes that belong together (a branch switch, a formatter) are gathered, and the
# pause that ends them. https://watchfiles.helpmanual.io/api/watch/
GATHER, PAUSE = 100, 20


def start(folders: Sequence[str], on_edit: Callable[[list[str]], None]) -> None:
    """Call on_edit with the paths that changed, each time some did, for as long as the process lives."""
    existing = [folder for folder in folders if Path(folder).is_dir()]
    if existing:
        threading.Thread(target=_watch, args=(existing, on_edit), name="watch", daemon=True).start()


def _watch(folders: Sequence[str], on_edit: Callable[[list[str]], None]) -> None:
    import watchfiles  # 60 ms, off the way to a healthy stack

    for changes in watchfiles.watch(*folders, debounce=GATHER, step=PAUSE, raise_interrupt=False):
        paths = [path for _, path in changes if path.endswith(SUFFIXES)]
        if paths:
            on_edit(paths)
