"""How gunicorn serves this project. Where it listens is said on its command line."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from decouple import Config, RepositoryEmpty
from gunicorn.glogging import Logger

# Not `config`: every global name here that gunicorn knows is taken as its setting.
environment = Config(RepositoryEmpty())

debug: bool = environment("DJANGO_DEBUG", default=False, cast=bool)


class QuietLogger(Logger):
    """Leaves out the probes that found all well: they come every second, and would hide everything else."""

    def access(self, resp: Any, req: Any, environ: MutableMapping[str, Any], request_time: Any) -> None:
        if resp.status_code != 200 or not environ["PATH_INFO"].startswith("/health"):
            super().access(resp, req, environ, request_time)


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

logger_class = QuietLogger
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(b)sB %(M)sms"
