"""The machinery around the checks: one question at a time, and a verdict for all who ask at once."""

import threading
import time
from collections.abc import Callable

import pytest

from apps.core.health.probe import Probe
from apps.core.health.state import ServiceDown, State
from apps.core.health.verdict import HealthMonitor, Verdict


class Gate:
    """A check that answers when it is let."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.asked = 0

    def __call__(self) -> dict[str, State]:
        self.asked += 1
        self.open.wait()
        return {"gate": State.OK}


def test_a_question_without_an_answer_is_not_asked_again() -> None:
    gate = Gate()
    probe = Probe(("gate",), gate, deadline=0.05)
    for _ in range(5):
        probe.launch()
        assert probe.states() == {"gate": State.TIMEOUT}
    assert gate.asked == 1
    gate.open.set()
    time.sleep(0.05)
    probe.launch()
    assert probe.states() == {"gate": State.OK}


def raising(error: Exception) -> Callable[[], dict[str, State]]:
    def check() -> dict[str, State]:
        raise error

    return check


@pytest.mark.parametrize(("error", "state"), [(ServiceDown(), State.DOWN), (TimeoutError(), State.TIMEOUT)])
def test_an_error_of_a_check_is_the_state_of_all_its_services(error: Exception, state: State) -> None:
    probe = Probe(("one", "two"), raising(error), deadline=1.0)
    probe.launch()
    assert probe.states() == {"one": state, "two": state}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_check_that_breaks_counts_as_down() -> None:
    probe = Probe(("one",), raising(ZeroDivisionError()), deadline=1.0)
    probe.launch()
    assert probe.states() == {"one": State.DOWN}


def test_a_probe_must_be_launched_first() -> None:
    with pytest.raises(RuntimeError):
        Probe(("one",), Gate(), deadline=1.0).states()


def test_many_callers_at_once_cause_one_measurement() -> None:
    gate = Gate()
    monitor = HealthMonitor(Probe(("gate",), gate, deadline=1.0))
    verdicts: list[Verdict] = []
    callers = [threading.Thread(target=lambda: verdicts.append(monitor.verdict())) for _ in range(20)]
    for caller in callers:
        caller.start()
    gate.open.set()
    for caller in callers:
        caller.join()
    assert gate.asked == 1
    assert all(verdict.healthy for verdict in verdicts)
    assert len(verdicts) == 20
