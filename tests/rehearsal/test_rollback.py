"""A rollback on the platform: which deploys it takes, and what of them comes back."""

from __future__ import annotations

import pytest

from smctl.errors import RemoteFailed
from smctl.rehearsal.platform import Platform
from smctl.release.remotes.render import Render
from tests.rehearsal.memory_runner import SOON, A, B, C, MemoryRunner, id_of, released, rolled_back


def test_a_rollback_is_a_new_deploy_of_the_old_image_with_its_variables(
    platform: Platform, render: Render, runner: MemoryRunner
) -> None:
    service = id_of(platform, "web")
    old = released(platform, "web", A)
    render.set_variable(service, "SECRET", "newer")
    released(platform, "web", B)
    back = rolled_back(render, service, old.id)
    assert back.id != old.id
    assert (back.trigger, back.image) == ("rollback", A)
    assert platform.wait(back.id, SOON).status == "live"
    assert runner.seen_env[back.id]["SECRET"] == "s3cret"
    assert render.variables(service)["SECRET"] == "newer"  # stored for the next deploy, which brings it back
    assert runner.traffic == {"web": A}


def test_the_tag_is_looked_up_anew_and_an_image_that_is_gone_fails(
    platform: Platform, render: Render, runner: MemoryRunner
) -> None:
    service = id_of(platform, "web")
    old = released(platform, "web", A)
    newer = released(platform, "web", B)
    runner.missing.add(A)
    back = rolled_back(render, service, old.id)
    assert platform.wait(back.id, SOON).status == "update_failed"
    assert newer.status == "live"
    assert "could not be pulled" in render.failure(service, render.deploy(service, back.id))


def test_a_release_that_is_no_longer_retained_is_refused(platform: Platform, render: Render) -> None:
    platform.retained = 1
    oldest, old, _ = (released(platform, "web", image) for image in (A, B, C))
    service = id_of(platform, "web")
    with pytest.raises(RemoteFailed, match="refused") as caught:
        render.roll_back(service, oldest.id)
    assert "retained" in caught.value.why
    assert platform.wait(rolled_back(render, service, old.id).id, SOON).status == "live"


def test_a_deploy_that_failed_or_is_of_another_service_is_no_target(
    platform: Platform, render: Render, runner: MemoryRunner
) -> None:
    runner.missing.add(A)
    failed = released(platform, "web", A)
    other = released(platform, "worker", B)
    with pytest.raises(RemoteFailed) as caught:
        render.roll_back(id_of(platform, "web"), failed.id)
    assert caught.value.code == "render_refused"
    with pytest.raises(RemoteFailed) as caught:
        render.roll_back(id_of(platform, "web"), other.id)
    assert caught.value.code == "render_not_found"


@pytest.mark.parametrize("stops", [True, False], ids=["as reported", "as documented"])
def test_a_rollback_leaves_auto_deploy_on_or_turns_it_off_whichever_is_set(
    platform: Platform, render: Render, stops: bool
) -> None:
    platform.rollback_stops_auto_deploy = stops
    service = id_of(platform, "web")
    old = released(platform, "web", A)
    platform.wait(rolled_back(render, service, old.id).id, SOON)
    assert render.service(service).auto_deploys is not stops
    assert render.set_auto_deploy(service, True).auto_deploys is True
