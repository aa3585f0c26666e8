"""Every way around the managers' fence is in a file that is listed here with its reason.

Whoever adds one adds a line; whoever reviews reads the reason. Row security still holds for SQL on a cursor,
and is lifted only where a scope of every business is entered.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.support.source import files

ESCAPES = {
    "apps/adminops/services.py": "A job that failed may have had no business, and is recorded all the same.",
    "apps/auth/trail.py": "What happens to staff, who have no business, is recorded for staff.",
    "apps/auth/demo.py": "Opens demo businesses by COPY; users and businesses are no tenant's rows.",
    "apps/core/admin_site.py": "Staff look after every business.",
    "apps/core/api/schema.py": "Describing the API asks views for querysets that nobody evaluates.",
    "apps/core/api/views.py": "This is where a request gets its business.",
    "apps/core/health/database.py": "SELECT 1.",
    "apps/core/locks.py": "Locks are not rows.",
    "apps/core/migrating.py": "Data migrations are about every row; limits of the session.",
    "apps/core/seeding/filling.py": "ANALYZE.",
    "apps/core/seeding/loading.py": "Demo businesses are filled by COPY, many at a time.",
    "apps/core/seeding/removal.py": "Removes every demo business.",
    "apps/core/seeding/seed.py": "Makes demo businesses, many at a time.",
    "apps/core/seeding/session.py": "Limits of the session.",
    "apps/core/seeding/survey.py": "Counts what the demo businesses have.",
    "apps/core/seeding/totals.py": "Sums up what the demo businesses have.",
    "apps/core/tenancy/checks.py": "Asks about the database role.",
    "apps/core/tenancy/constraints.py": "Defines the fences of PostgreSQL, and looks a reference up.",
    "apps/core/tenancy/models.py": "Defines the managers, and lets Django follow references.",
    "apps/core/tenancy/row_security.py": "Switches row security itself.",
    "apps/core/tenancy/scope.py": "Defines the escape.",
    "apps/recommendations/selectors.py": "Looks for demo businesses of which nothing was worked out.",
    "smartmarket/database/session.py": "Tells the session its business.",
}

CALLS = {"every_business", "cursor", "raw", "extra", "RawSQL", "RunSQL"}
NAMES = {"unscoped", "_base_manager", "EVERY"}


def escapes(tree: ast.Module) -> Iterator[str]:
    """Yield what the module uses to get around the fence."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name(node.func) in CALLS:
            yield f"{name(node.func)}() in line {node.lineno}"
        if isinstance(node, ast.Call) and name(node.func) == "enter" and owner(node.func) == "scope":
            yield f"scope.enter() in line {node.lineno}"
        if isinstance(node, ast.Attribute | ast.Name) and name(node) in NAMES:
            yield f"{name(node)} in line {node.lineno}"
        if isinstance(node, ast.Constant) and node.value == "app.business_id":
            yield f"the session's setting in line {node.lineno}"


def name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def owner(node: ast.AST) -> str:
    return name(node.value) if isinstance(node, ast.Attribute) else ""


FOUND = {path: found for path, tree in files() if (found := list(escapes(tree)))}


def test_a_file_that_goes_around_the_fence_says_why_it_may() -> None:
    assert {path: found for path, found in FOUND.items() if not ESCAPES.get(path)} == {}


def test_no_reason_outlives_its_escape() -> None:
    assert ESCAPES.keys() - FOUND.keys() == set()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("with scope.every_business(): pass", ["every_business() in line 1"]),
        ("with every_business(): pass", ["every_business() in line 1"]),
        ("Product.unscoped.all()", ["unscoped in line 1"]),
        ("scope.enter(7)", ["scope.enter() in line 1"]),
        ("connection.cursor()", ["cursor() in line 1"]),
        ("Product.objects.raw('SELECT 1')", ["raw() in line 1"]),
        ("Product.objects.annotate(n=RawSQL('1', []))", ["RawSQL() in line 1"]),
        ("actor.enter(7); form.enter(7); Product.objects.all()", []),
    ],
)
def test_an_escape_is_seen(source: str, expected: list[str]) -> None:
    assert list(escapes(ast.parse(source))) == expected
