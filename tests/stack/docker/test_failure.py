"""What a person reads when a container does not start."""

from __future__ import annotations

import os

import pytest

from smctl.stack.docker import failure
from smctl.stack.docker.api import ApiError
from tests.sockets import listening

PREFIX = "driver failed programming external connectivity on endpoint shop-web-1 (4b5c): "


@pytest.mark.parametrize(
    "words",
    [
        "Bind for 127.0.0.1:{port} failed: port is already allocated",
        "Error starting userland proxy: listen tcp4 127.0.0.1:{port}: bind: address already in use",
    ],
)
def test_a_taken_port_is_named_with_its_holder(words: str) -> None:
    with listening() as port:
        error = failure.not_started("web", ApiError(500, PREFIX + words.format(port=port)))
    assert error.code == "port_taken" and error.exit_status == 3
    assert str(port) in error.message and str(os.getpid()) in error.message


def test_any_other_refusal_is_shown_in_the_daemons_words() -> None:
    error = failure.not_started("web", ApiError(500, "no space left on device"))
    assert error.code == "service_failed" and error.why == "no space left on device"
