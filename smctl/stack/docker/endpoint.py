"""Where the Docker daemon listens: what the docker command itself would use."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

DEFAULT = "unix:///var/run/docker.sock"


def endpoint() -> str:
    """DOCKER_HOST, else the current context (Docker Desktop, colima, rootless Docker), else the default.

    https://docs.docker.com/engine/manage-resources/contexts/: the context "default" is none.
    """
    if os.environ.get("DOCKER_HOST"):
        return os.environ["DOCKER_HOST"]
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    name = os.environ.get("DOCKER_CONTEXT") or _json(folder / "config.json").get("currentContext", "default")
    if name == "default":
        return DEFAULT
    described = _json(folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json")
    return str(described.get("Endpoints", {}).get("docker", {}).get("Host") or DEFAULT)


def _json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
