"""Which files a run looks into: a few chosen tests start without those that are costly to import."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.conftest import pytest_ignore_collect
from tests.support.processes import python

FUZZING = "tests/test_fuzzing.py"


def looks_into(path: str, *, keyword: str, arguments: str = "tests") -> bool:
    run = SimpleNamespace(option=SimpleNamespace(keyword=keyword), args=arguments.split())
    return not pytest_ignore_collect(Path(path), cast(pytest.Config, run))


def test_a_costly_file_is_looked_into_where_it_is_meant() -> None:
    assert looks_into(FUZZING, keyword="")
    assert looks_into(FUZZING, keyword="fuzzing and GET")
    assert looks_into(FUZZING, keyword="GET", arguments=FUZZING)


def test_a_test_that_is_chosen_by_its_name_does_not_wait_for_it() -> None:
    assert looks_into("tests/test_health_endpoint.py", keyword="test_the_log_is_short")
    assert not looks_into(FUZZING, keyword="test_the_log_is_short")


def test_schemathesis_is_imported_by_the_tests_that_use_it_alone() -> None:
    script = "import pytest, sys; pytest.main(sys.argv[1:]); print('schemathesis' in sys.modules)"
    for path, imported in (("tests/test_asgi.py", "False"), (FUZZING, "True")):
        outcome = python("-c", script, "--collect-only", "-q", path, env=os.environ)
        assert outcome.stdout.endswith(f"{imported}\n"), outcome.stdout + outcome.stderr
        assert f"{path}::" in outcome.stdout
