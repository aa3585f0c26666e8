"""The Celery application; tasks are declared on it with `@app.task`.

`smartmarket/__init__.py` does not import it: Celery and redis-py take longer to import than all the rest,
and a web process needs them only once it publishes. So `@shared_task`, which relies on such an import, has
no place here.
"""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

from apps.core import task_logging
from smartmarket.heartbeat import Heartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartmarket.settings")
# Django's checks import every route of the API, which a worker never serves; CI runs them.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("smartmarket", task_cls="apps.core.task_base:Task")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# What becomes of tasks is noted wherever they run.
app.autodiscover_tasks(["apps.adminops"], related_name="job_signals")
app.steps["consumer"].add(Heartbeat)
task_logging.connect()
app.steps["consumer"].add("apps.core.metrics.worker:DeliveryStep")


@setup_logging.connect
def configure_logging(**_: Any) -> None:
    """Log as the web process does, instead of letting Celery take over the root logger."""
    logging.config.dictConfig(settings.LOGGING)
