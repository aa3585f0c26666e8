"""A project with this repository's backend, in a git repository of its own, to be rehearsed."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from smctl.project.project import Project
from smctl.rehearsal import settings
from smctl.rehearsal.places import Places
from tests import processes

PARTS = ("backend", "Dockerfile", ".dockerignore", ".gitignore", "smctl.toml")
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".mypy_cache", ".pytest_cache", "staticfiles")
ENDED = {"live", "deactivated", "build_failed", "pre_deploy_failed", "update_failed", "canceled"}


@dataclass(frozen=True)
class Shop:
    root: Path

    @classmethod
    def made(cls, root: Path) -> Shop:
        root.mkdir()
        for part in PARTS:
            source = processes.REPOSITORY / part
            if source.is_dir():
                shutil.copytree(source, root / part, ignore=LEFT_OUT)
            else:
                shutil.copy2(source, root / part)
        shop = cls(root)
        shop.git("init", "--quiet")
        shop.git("add", ".")
        shop.commit("first")
        return shop

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.root), *words], check=True, capture_output=True, text=True, timeout=60
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Its sha. Nothing has to have changed."""
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def rehearse(self, *words: str) -> processes.Done:
        return processes.run("rehearse", *words, cwd=self.root, timeout=200)

    @property
    def places(self) -> Places:
        return Places.of(Project(self.root))

    @property
    def settings(self) -> settings.Settings:
        loaded = settings.load(self.places)
        assert loaded
        return loaded


class Render:
    """Render's API as the shop's rehearsal speaks it."""

    def __init__(self, shop: Shop) -> None:
        told = settings.environment(shop.places, shop.settings)
        self._client = httpx.Client(
            base_url=told["RENDER_API_URL"],
            headers={"Authorization": f"Bearer {told['RENDER_API_KEY']}"},
            timeout=10,
            trust_env=False,
        )
        listed = self._client.get("/services").json()
        self.services = {each["service"]["name"]: each["service"]["id"] for each in listed}

    def deploy(self, service: str, image: str) -> Any:
        path = f"/services/{self.services[service]}"
        return self._ended(path, self._client.post(f"{path}/deploys", json={"imageUrl": image}).json())

    def roll_back(self, service: str, deploy: Any) -> Any:
        path = f"/services/{self.services[service]}"
        return self._ended(
            path, self._client.post(f"{path}/rollback", json={"deployId": deploy["id"]}).json()
        )

    def logs(self, service: str) -> str:
        query = {"ownerId": "any", "resource": self.services[service], "limit": "100"}
        return json.dumps(self._client.get("/logs", params=query).json())

    def _ended(self, path: str, deploy: Any) -> Any:
        def ended() -> bool:
            deploy.update(self._client.get(f"{path}/deploys/{deploy['id']}").json())
            return deploy["status"] in ENDED

        until(ended, within=90)
        return deploy


def until(true: Callable[[], bool], *, within: float) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.2)
