"""A production to release to: Render's API as a rehearsal has it, and /health of what is switched to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from smctl.rehearsal.api import Api
from smctl.rehearsal.faults import Rule
from smctl.rehearsal.pace import Pace
from smctl.rehearsal.platform import Platform
from smctl.release import ledger
from smctl.release.ledger import Pair, Release
from smctl.release.model import image_of, sha_of
from smctl.release.remotes.render import Render
from smctl.release.target import Target
from tests.rehearsal.memory_runner import MemoryRunner

REPOSITORY = "ghcr.io/shop/smartmarket"
WEB, WORKER = "shop-api", "shop-worker"
A, B, C = ("a" * 40, "b" * 40, "c" * 40)
MIGRATE = "python manage.py migrate"
KEY = "rnd_never_to_be_seen"


@dataclass
class Stage:
    """runner: what it does with images. patience: of the client, in seconds."""

    platform: Platform
    api: Api
    runner: MemoryRunner
    target: Target
    web_id: str
    worker_id: str
    patience: float = 2.0

    @cached_property
    def render(self) -> Render:
        return Render.from_environment(self.api.environment, patience=self.patience)

    @property
    def pair(self) -> Pair:
        return ledger.pair(self.render.services(), REPOSITORY)

    @property
    def releases(self) -> list[Release]:
        return ledger.releases(self.render.deploys(self.web_id), self.render.deploys(self.worker_id))

    @property
    def live(self) -> tuple[str, str]:
        """The commits that web and worker run, by what was started and switched to."""
        shas = {}
        for service in (self.web_id, self.worker_id):
            live = [each for each in self.platform.state.deploys_of(service) if each.status == "live"]
            shas[service] = sha_of(live[0].image) if live else ""
        return shas[self.web_id], shas[self.worker_id]

    @property
    def answers(self) -> str:
        """The commit that requests go to."""
        return sha_of(self.runner.traffic.get(WEB, ""))

    def asked_for(self, sha: str) -> tuple[int, int]:
        """How many deploys of this commit each service has ever had."""
        return tuple(  # type: ignore[return-value]
            sum(sha_of(each.image) == sha for each in self.platform.state.deploys_of(service))
            for service in (self.web_id, self.worker_id)
        )

    def goes_wrong(self, *rules: Rule) -> None:
        self.platform.faults.add(*rules)

    def release(self, sha: str) -> None:
        """Have it live without anybody's help."""
        for service in (self.web_id, self.worker_id):
            deploy = self.platform.start_deploy(service, image_of(REPOSITORY, sha))
            assert self.platform.wait(deploy.id, 10).status == "live"


@contextmanager
def production(folder: Path) -> Iterator[Stage]:
    """Commit A is live."""
    runner = MemoryRunner()
    platform = Platform(folder, runner, pace=Pace(0.0005), key=KEY)
    api = Api(platform)
    health = _Health(runner)
    image = image_of(REPOSITORY, A)
    variables = dict.fromkeys(
        ("DJANGO_SECRET_KEY", "DATABASE_URL", "REDIS_URL", "DJANGO_ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS"),
        "x",
    )
    web = platform.add_service(WEB, "web", image, variables, "/health", MIGRATE, url=health.url)
    worker = platform.add_service(WORKER, "worker", image, variables)
    api.start()
    stage = Stage(
        platform, api, runner, Target("render", REPOSITORY, health.url, "origin", "main"), web, worker
    )
    try:
        stage.release(A)
        yield stage
    finally:
        api.stop()
        health.stop()


class _Health:
    """/health of a production whose traffic goes where the runner was told."""

    def __init__(self, runner: MemoryRunner) -> None:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = b'{"status": "ok", "services": {"db": "ok", "redis": "ok", "workers": "ok"}}'
                self.send_response(200)
                self.send_header("X-Release", sha_of(runner.traffic.get(WEB, "")))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
