"""smctl.toml: what is accepted, and what an error says about what is not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from smctl.errors import WrongUse
from smctl.project import config

HEAD = '[project]\nname = "shop"\n'


@dataclass(frozen=True)
class Wrong:
    """A file, and what its error must say: the code, the line, and words of message, reason and fix."""

    source: str
    code: str
    line: int
    message: str
    why: str = ""
    fix: str = ""


WRONG = {
    "unknown key": Wrong(
        HEAD + '[stack]\npostgress = "18"\n',
        "config_unknown_key",
        4,
        'unknown key "stack.postgress"',
        "[stack] may have: python, django, postgres, redis, node",
        'did you mean "postgres"?',
    ),
    "unknown key like no other": Wrong(
        HEAD + "[stack]\nzzz = 1\n", "config_unknown_key", 4, '"stack.zzz"', "may have", 'remove "zzz" from'
    ),
    "unknown table": Wrong(
        HEAD + "\n[deplyo]\n",
        "config_unknown_key",
        4,
        '"deplyo"',
        "the file may have: project, stack, dev, deploy",
        'did you mean "deploy"?',
    ),
    "unknown key in an inline table": Wrong(
        HEAD + "[dev]\nports = { wbe = 1 }\n",
        "config_unknown_key",
        4,
        '"dev.ports.wbe"',
        "[dev.ports] may have: web, db, redis, frontend",
        'did you mean "web"?',
    ),
    "unknown key in a section of its own": Wrong(
        HEAD + "[dev.ports]\nweb = 8001\ndbb = 5433\n",
        "config_unknown_key",
        5,
        '"dev.ports.dbb"',
        fix='did you mean "db"?',
    ),
    "wrong type": Wrong(
        HEAD + "[dev]\nseed_users = true\n",
        "config_wrong_value",
        4,
        "dev.seed_users = true is not possible",
        "allowed: a whole number from 0 to 10000",
        "edit dev.seed_users in",
    ),
    "number for text": Wrong(
        HEAD + "[stack]\npostgres = 18\n",
        "config_wrong_value",
        4,
        "stack.postgres = 18",
        'allowed: one of "14", "15", "16", "17", "18"',
    ),
    "value for a table": Wrong(
        HEAD + "stack = 1\n", "config_unknown_key", 3, '"project.stack"', "[project] may have: name"
    ),
    "value for a table, at the top": Wrong(
        "stack = 1\n" + HEAD, "config_wrong_value", 1, "stack = 1", "allowed: a table"
    ),
    "list of tables": Wrong(
        HEAD + "[[stack]]\n", "config_wrong_value", 3, "stack = ", "allowed: a table", "edit stack in"
    ),
    "impossible value": Wrong(
        HEAD + '[dev]\nengine = "dokcer"\n',
        "config_wrong_value",
        4,
        'dev.engine = "dokcer"',
        'allowed: one of "auto", "docker", "embedded"',
        'did you mean "docker"?',
    ),
    "impossible name": Wrong(
        '[project]\nname = "My Shop"\n', "config_wrong_value", 2, 'project.name = "My Shop"', "lower-case"
    ),
    "port out of range": Wrong(
        HEAD + "[dev]\nports = { web = 70000 }\n",
        "config_wrong_value",
        4,
        "dev.ports.web = 70000",
        "allowed: a whole number from 1 to 65535",
    ),
    "dotted key": Wrong(
        "dev.engine = 'x'\ndev.ports.web = 70000\n" + HEAD, "config_wrong_value", 1, 'dev.engine = "x"'
    ),
    "dotted port": Wrong("\ndev.ports.web = 70000\n" + HEAD, "config_wrong_value", 2, "dev.ports.web"),
    "two services on one port": Wrong(
        HEAD + "[dev]\nports = { web = 8000, db = 8000 }\n",
        "config_wrong_value",
        4,
        "dev.ports.db and dev.ports.web are both 8000",
        "a port of its own",
        "edit dev.ports in",
    ),
    "a port that is another's default": Wrong(
        HEAD + "[dev.ports]\nweb = 5432\n",
        "config_wrong_value",
        3,
        "dev.ports.db and dev.ports.web are both 5432",
    ),
    "no name": Wrong(
        "\n[project]\n[stack]\n",
        "config_missing_key",
        2,
        "project.name is missing",
        "lower-case letters",
        'name = "…"',
    ),
    "no project": Wrong(
        "[stack]\n", "config_missing_key", 1, "project.name is missing", fix='add [project] with name = "…"'
    ),
    "no TOML": Wrong(HEAD + "[stack\n", "config_syntax", 3, "not valid TOML", fix="edit "),
    "no TOML at the end": Wrong(HEAD + "x = ", "config_syntax", 3, "not valid TOML"),
    "key given twice": Wrong(HEAD + 'name = "b"\n', "config_syntax", 3, "not valid TOML"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_an_error_names_file_line_key_what_is_allowed_and_the_nearest(wrong: Wrong, tmp_path: Path) -> None:
    error = refused(tmp_path, wrong.source.encode())
    assert error.code == wrong.code
    assert error.exit_status == 2
    assert error.message.startswith(f"smctl.toml line {wrong.line}: ")
    assert wrong.message in error.message
    assert wrong.why in error.why
    assert wrong.fix in error.fix
    assert str(tmp_path / "smctl.toml") in error.why + error.fix or "did you mean" in error.fix


@pytest.mark.parametrize(
    "name", ["class", "none", "json", "test", "postgres", "template1", "pg_shop", "apps", "django", "celery"]
)
def test_a_name_that_something_else_has_is_refused(name: str, tmp_path: Path) -> None:
    error = refused(tmp_path, f'[project]\nname = "{name}"\n'.encode())
    assert error.code == "config_wrong_value"
    assert "Python, PostgreSQL or the backend" in error.why


@pytest.mark.parametrize("name", ["shop", "match", "corner_shop", "postgres_shop", "s" * 31])
def test_a_name_that_is_free_is_accepted(name: str, tmp_path: Path) -> None:
    assert load(tmp_path, f'[project]\nname = "{name}"\n'.encode()).project.name == name


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    error = refused(tmp_path, HEAD.encode() + "# bücher\n".encode("latin-1"))
    assert error.code == "config_syntax"
    assert error.message == "smctl.toml line 3: not UTF-8."


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert load(tmp_path, b"\xef\xbb\xbf" + HEAD.encode()).project.name == "shop"


def test_a_name_is_all_that_a_file_needs(tmp_path: Path) -> None:
    read = load(tmp_path, HEAD.encode())
    assert read.as_document() == {
        "project": {"name": "shop"},
        "stack": {"python": "3.11", "django": "5.2", "postgres": "18", "redis": "7", "node": "24"},
        "dev": {
            "engine": "auto",
            "seed_users": 1,
            "frontend": True,
            "ports": {"web": 8000, "db": 5432, "redis": 6379, "frontend": 5173},
        },
        "deploy": {
            "target": "render",
            "branch": "main",
            "image": "ghcr.io/OWNER/smartmarket",
            "url": "https://smartmarket-api.onrender.com",
            "frontend_url": "https://smartmarket.vercel.app",
            "region": "singapore",
        },
    }


@pytest.mark.parametrize(
    "ports", ["[dev]\nports = { web = 1 }", "[dev.ports]\nweb = 1", "[dev]\nports.web = 1"]
)
def test_ports_may_be_written_in_each_of_tomls_ways(ports: str, tmp_path: Path) -> None:
    read = load(tmp_path, f"{HEAD}{ports}\n".encode()).dev.ports
    assert (read.web, read.db) == (1, 5432)


def test_the_repositorys_own_file_is_accepted() -> None:
    assert config.load(Path(__file__).parents[2] / "smctl.toml").project.name == "smartmarket"


def load(folder: Path, source: bytes) -> config.Config:
    path = folder / "smctl.toml"
    path.write_bytes(source)
    return config.load(path)


def refused(folder: Path, source: bytes) -> WrongUse:
    with pytest.raises(WrongUse) as caught:
        load(folder, source)
    return caught.value
