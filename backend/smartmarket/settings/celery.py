"""Celery and the worker's heartbeat."""

from smartmarket.settings.environment import DEBUG, config
from smartmarket.settings.storage import REDIS_URL

CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 120
# How long a task may be put off.
TASK_LONGEST_COUNTDOWN = 45
# Must exceed the hard limit plus the longest countdown, or a task that still runs is delivered a second time.
TASK_VISIBILITY_TIMEOUT: int = config("CELERY_VISIBILITY_TIMEOUT", default=180, cast=int)

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT = "smartmarket.broker:Transport"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker outlives a Redis outage of any length.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# The worker polls with BRPOP of one second, so a socket timeout below that would cut healthy polls. With
# these a publisher gives up in about two seconds on a frozen Redis and at once on a closed port; by default
# it hangs.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": TASK_VISIBILITY_TIMEOUT,
    # The same for a task that a worker was handed and never noted, which smartmarket.broker looks for.
    "forgotten_after": min(5, TASK_VISIBILITY_TIMEOUT),
    # How often both are looked for. By default every 100 s, on top of the timeouts above.
    "unacked_restore_interval": min(5, TASK_VISIBILITY_TIMEOUT),
    "unacked_restore_throttle": 1,
    # The lock around that search; whoever dies holding it blocks the search for as long, by default 300 s.
    "unacked_mutex_expire": 10,
    # A connection whose server vanished without a word is given up after about twice this.
    "health_check_interval": 5,
    "socket_connect_timeout": 1.0,
    "socket_timeout": 1.0,
    "max_retries": 0,
    "interval_start": 0.0,
    "interval_step": 0.0,
    "interval_max": 0.0,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0.0,
    "interval_step": 0.0,
    "interval_max": 0.0,
}

CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True

# A task is acknowledged when it has ended, and given to another worker when its own was killed: tasks are
# idempotent and take identifiers.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True

# Counts what becomes of every task; see the module.
CELERY_TASK_ANNOTATIONS = {"*": {"Request": "apps.core.metrics.worker:ObservedRequest"}}

CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True

WORKER_HEARTBEAT_KEY = "smartmarket:worker:heartbeat"
WORKER_HEARTBEAT_TTL: float = config("WORKER_HEARTBEAT_TTL", default=1.6 if DEBUG else 60.0, cast=float)
