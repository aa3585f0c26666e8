"""How gunicorn serves this project. Where it listens is said on its command line."""

import os
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from decouple import Config, RepositoryEmpty
from gunicorn.glogging import Logger

# Not `config`: every global name here that gunicorn knows is taken as its setting.
environment = Config(RepositoryEmpty())

debug: bool = environment("DJANGO_DEBUG", default=False, cast=bool)
log_format: str = environment("DJANGO_LOG_FORMAT", default="") or ("line" if debug else "json")


class QuietLogger(Logger):
    """Leaves out the probes and scrapes that found all well: they come often and hide everything else."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        if log_format == "json":
            # Not at the top: what this process has imported, a worker does not import anew after an edit.
            from apps.core.log_format import JsonFormatter

            for handler in (*self.error_log.handlers, *self.access_log.handlers):
                handler.setFormatter(JsonFormatter())

    def access(self, resp: Any, req: Any, environ: MutableMapping[str, Any], request_time: Any) -> None:
        if resp.status_code == 200 and environ["PATH_INFO"].startswith(("/health", "/metrics")):
            return
        fields = {
            "method": environ["REQUEST_METHOD"],
            # As it was sent: decoded, it could hold the end of a line. No query: secrets may be in it.
            "path": environ["RAW_URI"].partition("?")[0],
            "status": resp.status_code,
            "bytes": resp.sent,
            "ms": round(request_time.total_seconds() * 1000),
        }
        with self._about(resp):
            self.access_log.info("%(method)s %(path)s %(status)s %(bytes)sB %(ms)sms", fields, extra=fields)

    def _about(self, resp: Any) -> AbstractContextManager[None]:
        """Give the line the context of its request; a response without an identifier had none."""
        from apps.core.log_context import LogContext, current, within

        request_id = next((value for name, value in resp.headers if name.lower() == "x-request-id"), None)
        return within(current() if current().request_id == request_id else LogContext(request_id))


worker_class = "gthread"
workers: int = environment("WEB_CONCURRENCY", default=2, cast=int)
threads: int = environment("WEB_THREADS", default=4, cast=int)
timeout = 30
graceful_timeout = 10

if not debug:
    # A worker that slowly leaks is replaced in time; the jitter keeps them from all going at once.
    max_requests = 1000
    max_requests_jitter = 200

if Path("/dev/shm").is_dir():
    # The worker's sign of life is a file; on a slow disk writing it could block the worker itself.
    worker_tmp_dir = "/dev/shm"

# It would listen in the home directory of the user, at one path for all projects on the machine.
control_socket_disable = True

if environment("METRICS_TOKEN", default=""):

    def on_starting(server: Any) -> None:
        """Make the folder in which the workers count together; see apps.core.metrics.folder."""
        from apps.core.metrics import folder

        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder.make())

    def on_exit(server: Any) -> None:
        from apps.core.metrics import folder

        folder.remove(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))


logger_class = QuietLogger
accesslog = "-"
