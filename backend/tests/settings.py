"""The settings under test: those of a developer's machine, whatever the environment of the test run says.

Only DATABASE_URL and REDIS_URL are taken from there. Redis database 15 belongs to the tests, so that emptying
it never touches a queue in use; each further pytest-xdist process counts down from there.
"""

import os
from urllib.parse import urlsplit

TEST_REDIS_DATABASE = 15

xdist_process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
redis_url = os.environ.get("REDIS_URL", "redis://localhost:6379/0")

# Its mere presence, though empty, makes prometheus_client write files.
os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
os.environ.update(
    DJANGO_DEBUG="true",
    DJANGO_SECRET_KEY="insecure-key-of-the-tests-" + "0" * 32,
    DJANGO_ALLOWED_HOSTS="",
    DJANGO_LOG_LEVEL="INFO",
    CORS_ALLOWED_ORIGINS="https://shop.example.com",
    DEMO_PASSWORD="demo-password",
    REDIS_URL=urlsplit(redis_url)._replace(path=f"/{TEST_REDIS_DATABASE - xdist_process}").geturl(),
    RELEASE_SHA="0123abc",
    SENTRY_DSN="",
    SENTRY_ENVIRONMENT="",
    METRICS_TOKEN="",
    DJANGO_LOG_FORMAT="",
    CORS_ALLOWED_ORIGIN_REGEXES="",
    WORKER_HEARTBEAT_TTL="1.6",
    CELERY_VISIBILITY_TIMEOUT="180",
    WEB_CONCURRENCY="1",
    WEB_THREADS="4",
)

from smartmarket.settings import *  # noqa: E402,F401,F403
from smartmarket.settings import REST_FRAMEWORK, THROTTLE_RATES  # noqa: E402

# Nobody is throttled but in the tests about it: all the others ask from one address, as fast as they can.
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": dict.fromkeys(THROTTLE_RATES)}
