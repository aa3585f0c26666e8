"""Which port each service gets: chosen once, remembered, chosen anew where smctl.toml asks for another."""

from __future__ import annotations

from smctl.project.project import Project
from smctl.stack import ports, registry
from smctl.stack.engine import Engine
from smctl.stack.ports import Moved
from smctl.stack.state import State


def allocate(project: Project, engine: Engine, *, strict: bool) -> tuple[dict[str, int], list[Moved]]:
    """Ports by service, remembered before anything listens on them, and those that could not be as wanted.

    strict: what smctl.toml asks for or nothing. Raises NotHealthy (`port_taken`).
    """
    state, asked = State.load(project), project.config.dev.ports.as_dict()
    if not project.has_frontend:
        del asked["frontend"]
    wanted = asked if strict else {name: _remembered(state, name, port) for name, port in asked.items()}
    held = engine.held_ports()
    if state.engine == engine.name and all(held.get(name) == port for name, port in wanted.items()):
        return wanted, []
    with registry.choosing_ports():
        others = registry.ports_of_others(project)
        chosen, moved = ports.choose(wanted, own=held.values(), others=others, strict=strict)
        State(engine.name, chosen, asked).save(project)
        registry.register(project, chosen, engine.name)
    return chosen, moved


def _remembered(state: State, service: str, asked: int) -> int:
    """The port of last time, unless smctl.toml was edited since."""
    return state.ports.get(service, asked) if state.asked.get(service, asked) == asked else asked
