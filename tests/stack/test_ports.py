"""Ports, with real listeners: free or taken, by whom, and which to take instead."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import psutil
import pytest

from smctl.errors import NotHealthy
from smctl.stack import ports
from tests.sockets import free_port, free_ports, listening

NO_OTHERS: dict[int, str] = {}


def has_ipv6() -> bool:
    try:
        with listening("::1"):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")


def test_a_port_that_nobody_listens_on_is_free() -> None:
    assert ports.is_free(free_port())


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "0.0.0.0", pytest.param("::1", marks=needs_ipv6), pytest.param("::", marks=needs_ipv6)],
)
def test_a_listener_on_any_address_of_this_machine_takes_the_port(host: str) -> None:
    with listening(host) as port:
        assert not ports.is_free(port)
    assert ports.is_free(port)


def test_a_connection_in_time_wait_does_not_take_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = listener.accept()
        accepted.close()  # whoever closes first waits
        client.close()
    states = {item.status for item in psutil.net_connections("tcp4") if item.laddr[1:] == (port,)}
    assert states == {psutil.CONN_TIME_WAIT}
    assert ports.is_free(port)


def test_the_holder_is_named_with_its_pid() -> None:
    with listening() as port:
        assert ports.holder(port) == f"{psutil.Process().name()} (pid {os.getpid()})"


def test_a_holder_that_is_gone_meanwhile_is_another_program() -> None:
    assert ports.holder(free_port()) == "another program of another user"


def test_every_service_has_the_port_it_wants_where_that_is_free() -> None:
    web, db = free_ports(2)
    wanted = {"web": web, "db": db}
    assert ports.choose(wanted, own=(), others=NO_OTHERS, strict=True) == (wanted, [])


def test_a_taken_port_gives_way_to_the_next_free_one(two_in_a_row: tuple[int, int]) -> None:
    taken, after = two_in_a_row
    with listening(port=taken), listening(port=after):
        chosen, moved = ports.choose({"web": taken}, own=(), others=NO_OTHERS, strict=False)
    assert chosen["web"] > after
    holder = f"{psutil.Process().name()} (pid {os.getpid()})"
    assert moved == [ports.Moved("web", taken, chosen["web"], holder)]


def test_the_next_port_is_never_one_that_another_service_wants(two_in_a_row: tuple[int, int]) -> None:
    taken, after = two_in_a_row
    with listening(port=taken):
        chosen, _ = ports.choose({"web": taken, "db": after}, own=(), others=NO_OTHERS, strict=False)
    assert chosen["db"] == after != chosen["web"]


def test_two_services_that_want_the_same_port_get_two() -> None:
    port = free_port()
    chosen, moved = ports.choose({"web": port, "db": port}, own=(), others=NO_OTHERS, strict=False)
    assert chosen["web"] == port < chosen["db"]
    assert [move.holder for move in moved] == ["web of this stack"]


def test_a_port_that_this_stack_listens_on_is_its_own() -> None:
    with listening() as port:
        assert ports.choose({"web": port}, own=[port], others=NO_OTHERS, strict=True) == ({"web": port}, [])


def test_a_port_of_another_stack_is_left_to_it_while_that_is_stopped(two_in_a_row: tuple[int, int]) -> None:
    port, after = two_in_a_row
    others = {port: "/home/me/shop", after: "/home/me/shop"}
    chosen, moved = ports.choose({"web": port}, own=(), others=others, strict=False)
    assert chosen["web"] not in others
    assert moved[0].holder == "the stack in /home/me/shop"


def test_strict_refuses_instead_of_moving_and_names_the_holder() -> None:
    with listening() as port, pytest.raises(NotHealthy) as caught:
        ports.choose({"web": port}, own=(), others=NO_OTHERS, strict=True)
    error = caught.value
    assert (error.code, error.exit_status) == ("port_taken", 3)
    assert f"Port {port}, which web should have" in error.message
    assert f"pid {os.getpid()}" in error.message
    assert "dev.ports.web" in error.fix


def test_no_port_above_the_last_one_is_tried() -> None:
    with pytest.raises(NotHealthy) as caught:
        ports.choose({"web": 65535}, own=(), others={65535: "/other"}, strict=False)
    assert caught.value.code == "port_taken"
    assert "between 65535 and 65535" in caught.value.message


@pytest.fixture
def two_in_a_row() -> Iterator[tuple[int, int]]:
    """Two free ports, the second right after the first."""
    for _ in range(100):
        port = free_port()
        if port < 65000 and ports.is_free(port + 1):
            yield port, port + 1
            return
    pytest.fail("no two free ports in a row")
