"""What every task of this project does about trouble that is not its own."""

import random
from typing import Any, ParamSpec, TypeVar

from celery.contrib.django.task import DjangoTask
from celery.exceptions import Reject, Retry
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerUnreachable
from redis.exceptions import ConnectionError as RedisUnreachable
from redis.exceptions import TimeoutError as RedisTimeout

from apps.core import task_attempts
from apps.core.task_attempts import MOST_LOST, WorkerKeptDying, attempt_failed, attempt_lost

P = ParamSpec("P")
R = TypeVar("R", covariant=True)

UNREACHABLE = (InterfaceError, BrokerUnreachable, RedisUnreachable, RedisTimeout)
# PostgreSQL or Redis are away or overloaded, or a row that was read is gone when something refers to it.
TROUBLE = (*UNREACHABLE, OperationalError, IntegrityError)
# What PostgreSQL says of a session that it ends, class 08 and 57P0x of its error codes.
SESSION_ENDED = ("08", "57P0")
MOST_RETRIES = 5
FIRST_PAUSE_SECONDS = 2


class Task(DjangoTask[P, R]):
    """Retried while PostgreSQL or Redis is in trouble, given up when it keeps killing its worker."""

    # `_again` says when it is enough.
    max_retries = None

    def before_start(self, task_id: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Celery's hook right before an attempt.

        Raises:
            WorkerKeptDying: every attempt so far killed its worker, and there were enough of them.
        """
        if self.request.is_eager:
            return
        lost = task_attempts.begin(task_id).lost
        if lost:
            attempt_lost.send(sender=self, task_id=task_id, args=args, kwargs=kwargs, lost=lost)
        if lost >= MOST_LOST:
            raise WorkerKeptDying(f"The worker died in each of {lost} attempts.")

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return self.perform(*args, **kwargs)
        except TROUBLE as trouble:
            self._again(trouble)
            raise

    def perform(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the function that was declared; the place for what belongs around it."""
        return self.run(*args, **kwargs)

    def retry(self, *args: Any, **options: Any) -> Retry:
        """Celery's, told before it is sent."""
        request = self.request
        if not request.called_directly and not request.is_eager:
            begun = task_attempts.end(request.id or "")
            attempt_failed.send(
                sender=self,
                task_id=request.id,
                args=request.args,
                kwargs=request.kwargs,
                begun=begun,
                error=options.get("exc"),
            )
        return super().retry(*args, **options)

    def _again(self, trouble: Exception) -> None:
        """Send the task again for later, or return when it was tried often enough.

        While the database cannot be reached that is never: nobody could note the failure, and an accepted
        task is not to be lost. Exponential, with full jitter:
        https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        """
        retries = self.request.retries
        if retries >= MOST_RETRIES and not unreachable(trouble):
            return
        longest = min(settings.TASK_LONGEST_COUNTDOWN, FIRST_PAUSE_SECONDS * 2 ** min(retries, 10))
        try:
            self.retry(exc=trouble, countdown=random.uniform(0, longest))
        except Reject as unsent:
            # Celery drops a task whose retry it cannot send; this leaves it with the broker instead.
            raise Reject(unsent.args[0], requeue=True) from trouble


def unreachable(trouble: Exception) -> bool:
    """Say whether a server could not be reached, rather than refused or cancelled a statement."""
    if not isinstance(trouble, OperationalError):
        return isinstance(trouble, UNREACHABLE)
    code = getattr(trouble.__cause__, "pgcode", None)
    return code is None or code.startswith(SESSION_ENDED)
