"""Arrows between modules run down only: views translate, services write and selectors read, models hold."""

import ast

import pytest

from tests.support.source import files, imports, module

FLOORS = {
    "urls": 4,
    "views": 3,
    "admin": 3,
    "serializers": 2,
    "filters": 2,
    "tasks": 2,
    "services": 1,
    "selectors": 1,
    "models": 0,
}
"""From the top down. What has another name is held by the rules about apps alone."""

SOURCES = dict(files())
MODULES = {module(path) for path in SOURCES}


def app(name: str) -> str:
    """Return the app of a dotted name: the second part of apps.APP.…"""
    return name.split(".")[1] if name.startswith("apps.") and name.count(".") > 1 else ""


def floor(name: str) -> int | None:
    """Return the floor of a module of an app, None where it has none."""
    return FLOORS.get(name.split(".")[2]) if app(name) else None


def imported(tree: ast.Module) -> set[str]:
    """Return which of our modules are imported."""
    return {name for name in imports(tree) if name in MODULES}


def upwards(name: str, tree: ast.Module) -> list[str]:
    """Return what a module imports from a floor above its own."""
    own = floor(name)
    return [] if own is None else sorted(other for other in imported(tree) if (floor(other) or 0) > own)


def views_of_others(name: str, tree: ast.Module) -> list[str]:
    """Return the views of other apps that a module imports; what core has for all to build on is for all."""
    others = {other for other in imported(tree) if app(other) not in ("core", app(name))}
    return sorted(other for other in others if floor(other) == FLOORS["views"])


def test_no_module_imports_one_from_a_floor_above() -> None:
    found = {path: upwards(module(path), tree) for path, tree in SOURCES.items()}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_no_app_imports_the_views_of_another() -> None:
    found = {path: views_of_others(module(path), tree) for path, tree in SOURCES.items()}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("layer", ["views", "admin"])
def test_what_translates_does_not_write(layer: str) -> None:
    """A view or an admin page that saves a row itself would leave no trace in the audit log."""
    writes = {"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
    for path, tree in SOURCES.items():
        if path.startswith("apps/") and path.endswith(f"/{layer}.py"):
            called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
            assert not [
                call for call in called if ".objects." in call and call.split(".")[-1] in writes
            ], path


@pytest.mark.parametrize(
    ("name", "source", "wrong"),
    [
        (
            "apps.transactions.models",
            "from apps.transactions import services",
            ["apps.transactions.services"],
        ),
        ("apps.transactions.services", "import apps.transactions.views", ["apps.transactions.views"]),
        ("apps.transactions.selectors", "def f():\n from apps.auth import views", ["apps.auth.views"]),
        ("apps.transactions.views", "from apps.transactions import selectors, services", []),
    ],
)
def test_an_arrow_that_runs_up_is_seen(name: str, source: str, wrong: list[str]) -> None:
    assert upwards(name, ast.parse(source)) == wrong
