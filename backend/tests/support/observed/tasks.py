"""Tasks that end in every way in which a task can end. Publishing one needs no more than its name."""

import logging
import os
import signal
import time
from contextlib import suppress
from typing import Any

from celery import Task
from celery.exceptions import Reject, SoftTimeLimitExceeded

from smartmarket.celery import app
from tests.support.observed import QUEUE

logger = logging.getLogger(__name__)


@app.task(name="observed.succeed")
def succeed(seconds: float = 0.0) -> str:
    time.sleep(seconds)
    return "token=returned-by-the-task"


@app.task(name="observed.log")
def log(*, business_id: int) -> None:
    logger.info("working", extra={"rows": 3})


@app.task(name="observed.log_again")
def log_again() -> None:
    logger.info("working again")


@app.task(name="observed.send")
def send() -> None:
    log_again.apply_async(queue=QUEUE)


@app.task(name="observed.fail")
def fail(*, password: str, **others: object) -> None:
    raise ValueError({"password": password, **others})


@app.task(name="observed.retry", bind=True, max_retries=1)
def retry(self: Task[Any, None]) -> None:
    if self.request.retries == 0:
        raise self.retry(countdown=0)
    logger.info("second time")


@app.task(name="observed.die", bind=True)
def die(self: Task[Any, None]) -> None:
    """Be killed, and live when it is delivered again."""
    if not (self.request.delivery_info or {}).get("redelivered"):
        os.kill(os.getpid(), signal.SIGKILL)


@app.task(name="observed.give_up")
def give_up() -> None:
    raise Reject("nobody wants this", requeue=False)


@app.task(name="observed.overrun", soft_time_limit=1, time_limit=2)
def overrun() -> None:
    """Pass over the first warning, and be killed."""
    with suppress(SoftTimeLimitExceeded):
        time.sleep(30)
    time.sleep(30)
