"""A platform that is killed in the middle of what it does."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from smctl.rehearsal.pace import Pace
from smctl.rehearsal.platform import Platform
from tests.processes import REPOSITORY
from tests.rehearsal.memory_runner import KEY, SOON, A, MemoryRunner, id_of, released

BUSY = textwrap.dedent("""
    import sys
    from pathlib import Path
    from smctl.rehearsal.pace import Pace
    from smctl.rehearsal.platform import Platform
    from tests.rehearsal.memory_runner import KEY, REPOSITORY, SOON, MemoryRunner

    platform = Platform(Path(sys.argv[1]), MemoryRunner(), pace=Pace(0.001), key=KEY)
    web = platform.add_service("web", "web", REPOSITORY, {"SECRET": "s3cret"}, "/health", "migrate")
    platform.begin()
    number = 0
    while True:
        number += 1
        platform.wait(platform.start_deploy(web, f"{REPOSITORY}:{number}").id, SOON)
        if number == 2:
            print("busy", flush=True)
    """)


@pytest.mark.parametrize("after", [0.0, 0.007, 0.023, 0.041])
def test_the_next_one_knows_a_live_release_and_nothing_that_goes_on(tmp_path: Path, after: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY, str(tmp_path)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "busy\n"
    time.sleep(after)
    process.kill()
    process.communicate()
    runner = MemoryRunner()
    platform = Platform(tmp_path, runner, pace=Pace(0.001), key=KEY)
    platform.begin()
    web = id_of(platform, "web")
    deploys = platform.state.deploys_of(web)
    assert [each.status for each in deploys].count("live") == 1
    assert {each.status for each in deploys} <= {"live", "deactivated", "update_failed"}
    assert platform.service(web).env == {"SECRET": "s3cret"}
    live = platform.state.live(web)
    assert live is not None
    assert platform.state.wait_for(lambda: live.id in runner.running, SOON)
    assert released(platform, "web", A).status == "live"
    platform.end()
