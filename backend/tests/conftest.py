"""Fixtures on the real PostgreSQL and Redis that DATABASE_URL and REDIS_URL name."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen
from urllib.parse import quote

import pytest
import redis
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from apps.auth.models import Business, User
from apps.core.tenancy import scope
from tests.support.addresses import postgres_address, redis_address
from tests.support.databases import copied_database
from tests.support.factories import make_shop
from tests.support.processes import WORKER, WORKER_FLAGS, environment, running, wait_until
from tests.support.proxy import Proxy

# Modules that take a second to import.
COSTLY = ("test_fuzzing.py",)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A few chosen tests start soon: with -k, a costly module is only looked into where it is named."""
    chosen: str = config.option.keyword
    if collection_path.name not in COSTLY or not chosen:
        return None
    name = collection_path.stem.removeprefix("test_")
    return None if name in f"{chosen} {' '.join(config.args)}" else True


@pytest.fixture(scope="session", autouse=True)
def redis_client() -> Iterator[redis.Redis]:
    """The tests' own Redis database, empty before and after."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_createdb: bool,
    django_db_keepdb: bool,
    django_db_modify_db_settings: None,
    testrun_uid: str,
) -> Iterator[None]:
    """In place of pytest-django's, which migrates at every run: a copy of a migrated database.

    --create-db makes that database anew, --reuse-db leaves the copy behind.
    """
    with ExitStack() as copies:
        with django_db_blocker.unblock():
            rebuild = testrun_uid if django_db_createdb else ""
            copies.enter_context(copied_database(rebuild=rebuild, keep=django_db_keepdb))
        yield
        with django_db_blocker.unblock():
            copies.close()


@pytest.fixture(scope="session")
def database_url(django_db_setup: None) -> str:
    """The address of the test database, for other processes."""
    server = connection.settings_dict
    login = f"{quote(server['USER'])}:{quote(server['PASSWORD'])}"
    return f"postgres://{login}@{server['HOST']}:{server['PORT']}/{server['NAME']}"


@pytest.fixture(scope="session")
def env(database_url: str) -> dict[str, str]:
    """The environment of a process that works on the tests' database and Redis."""
    return environment(DATABASE_URL=database_url)


@pytest.fixture(scope="module")
def worker(
    env: dict[str, str], redis_client: redis.Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Popen[bytes]]:
    """One real Celery worker for the tests of a module; whoever stops it must let it go on.

    What other modules have sent is not its work: it would write to tables that a test empties.
    """
    redis_client.flushdb()
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    with running(*WORKER, *WORKER_FLAGS, env=env, log=log) as process:
        wait_until(lambda: bool(redis_client.exists(settings.WORKER_HEARTBEAT_KEY)), seconds=10)
        yield process


@pytest.fixture
def redis_proxy() -> Iterator[Proxy]:
    """The way to Redis, which a test may block."""
    with Proxy(redis_address()) as proxy:
        yield proxy


@pytest.fixture
def postgres_proxy(django_db_setup: None) -> Iterator[Proxy]:
    """The way to PostgreSQL, which a test may block."""
    with Proxy(postgres_address()) as proxy:
        yield proxy


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    return tmp_path / "output.log"


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("rahim@example.com", first_name="রহিম")


@pytest.fixture
def api(db: None) -> APIClient:
    return APIClient()


@pytest.fixture
def shop(db: None) -> Business:
    """The business that a test is about; nothing is in scope yet."""
    return make_shop()


@pytest.fixture
def other_shop(db: None) -> Business:
    return make_shop("অন্য দোকান")


@pytest.fixture
def in_shop(shop: Business) -> Iterator[Business]:
    """The business that a test is about, in scope."""
    with scope.working_for(shop.pk):
        yield shop


@pytest.fixture
def shop_api(shop: Business) -> APIClient:
    """A client that is logged in as the owner of `shop`."""
    client = APIClient()
    client.force_authenticate(shop.user)
    return client
