"""The project's own settings, with views and tasks that do what must be observed: log, fail, die."""

from smartmarket.settings import *  # noqa: F401,F403

ROOT_URLCONF = "tests.support.observed.urls"
CELERY_INCLUDE = ["tests.support.observed.tasks"]
