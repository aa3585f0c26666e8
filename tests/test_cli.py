"""The command line: verbs, options, help, completion, and wrong use. In this process, so that it is quick."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from smctl import __version__
from smctl.project.project import Project
from smctl.verbs import OPTIONS, VERBS
from tests.conftest import make_project
from tests.processes import REPOSITORY, Done, Main, Smctl

OUTSIDE = ("ls", "doctor")  # verbs that need no project
NEED_A_STACK = {
    "status": ["status"],
    "restart": ["restart"],
    "logs": ["logs"],
    "run": ["run", "web", "--", "python", "--json"],
    "shell": ["shell"],
    "psql": ["psql"],
    "migrate": ["migrate", "accounts"],
    "makemigrations": ["makemigrations", "--", "--check"],
    "seed": ["seed", "--users=3"],
    "test": ["test", "backend", "--", "-k", "health"],
    "lint": ["lint", "backend"],
    "ci": ["ci"],
    "open": ["open"],
    "health": ["health"],
}


def test_version_alone_and_among_other_options(main: Main) -> None:
    expected = Done(0, f"smctl {__version__}\n", "")
    assert main("--version") == expected == main("--json", "--version")


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_verb_with_a_line_in_the_order_of_need(option: str, main: Main) -> None:
    done = main(option)
    verbs = done.out[done.out.index("Verbs:") : done.out.index("Options")].split("\n\n")[0].splitlines()[1:]
    assert (done.code, done.err) == (0, "")
    assert [line.split()[0] for line in verbs] == list(VERBS)
    assert all(VERBS[line.split()[0]][1] in line for line in verbs)


def test_help_names_every_option_that_there_is(main: Main) -> None:
    named = [word.strip(",") for option in OPTIONS for word in option.split() if word.startswith("-")]
    for option in (
        "--version",
        "--json",
        "--project",
        "-q",
        "--quiet",
        "-v",
        "--verbose",
        "--no-color",
        "-h",
    ):
        assert option in named
        taken = main(option, *(["."] if option == "--project" else []), "--help")
        assert taken.code == 0
        assert "Verbs:" in taken.out or option == "--version"


def test_without_arguments_help_is_shown_as_wrong_use(main: Main) -> None:
    done = main()
    assert (done.code, done.out) == (2, "")
    assert "Verbs:" in done.err


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str, main: Main) -> None:
    done = main(verb, "--help")
    assert (done.code, done.err) == (0, "")
    example = done.out[done.out.index("Example:") :]
    assert f"smctl {verb}" in " ".join(example.split())
    assert "--json" in done.out


def test_the_readme_has_an_example_of_every_verb() -> None:
    table = (REPOSITORY / "README.md").read_text(encoding="utf-8").partition("## Every verb")[2]
    examples = re.findall(r"^\| `smctl (\w+)", table, flags=re.MULTILINE)
    assert examples == list(VERBS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["config", "--frobnicate"],
        ["config", "extra"],
        ["run"],
        ["logs", "--tail", "many"],
        ["up", "--timeout", "0"],
        ["up", "--engine", "podman"],
        ["config", "--project"],
        ["logs", "--since", "yesterdayish"],
        ["seed", "--as-of", "22.11.2026"],
        ["test", "frontnd"],
        ["lint", "frontnd"],
        [],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("before", [True, False], ids=["--json first", "--json last"])
def test_wrong_use_is_exit_2_and_one_json_document(
    arguments: list[str], before: bool, project: Project, main: Main
) -> None:
    done = main(*(["--json", *arguments] if before else [*arguments, "--json"]))
    assert (done.code, done.err) == (2, "")
    assert list(done.json) == ["error"]
    assert list(done.json["error"]) == ["code", "message", "why", "fix"]
    assert done.json["error"]["message"] and done.json["error"]["fix"]


def test_wrong_use_in_text_is_on_stderr_alone(project: Project, main: Main) -> None:
    done = main("stauts")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[0] == "error: There is no command 'stauts'."
    assert done.err.splitlines()[-1] == '  → did you mean "status"?'


def test_options_mean_the_same_before_and_after_the_verb(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, main: Main
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["--json", "--project", str(project.root), "--quiet", "--verbose", "--no-color"]
    after = main("config", *options)
    assert after.json["root"] == str(project.root)
    assert after == main(*options, "config") == main(*options[:3], "config", *options[3:])


def test_the_option_after_the_verb_wins(project: Project, tmp_path: Path, main: Main) -> None:
    other = make_project(tmp_path / "other", "other")
    done = main("--project", str(project.root), "config", "--json", "--project", str(other.root))
    assert done.json["project"]["name"] == "other"


@pytest.mark.parametrize("name", NEED_A_STACK)
def test_a_verb_that_needs_a_stack_says_how_to_start_one(name: str, project: Project, main: Main) -> None:
    done = main("--json", *NEED_A_STACK[name])
    assert (done.code, done.error_code, done.json["error"]["fix"]) == (3, "not_running", "smctl up")


def test_options_after_two_dashes_belong_to_the_command_that_is_run(project: Project, main: Main) -> None:
    done = main("run", "web", "--", "program", "--json")
    assert (done.code, done.out) == (3, "")
    assert "error: " in done.err


@pytest.mark.parametrize("verb", [name for name in VERBS if name not in OUTSIDE])
def test_outside_a_project_a_verb_says_so(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, main: Main
) -> None:
    monkeypatch.chdir(tmp_path)
    done = main(verb, "--json", *(["web", "--", "true"] if verb == "run" else []))
    assert (done.code, done.error_code) == (2, "no_project")


def test_a_broken_smctl_toml_is_told_by_every_verb_that_reads_it(project: Project, main: Main) -> None:
    (project.root / "smctl.toml").write_text('[project]\nname = "shop"\n[stack]\npotsgres = "18"\n')
    done = main("config", "--json")
    assert (done.code, done.error_code) == (2, "config_unknown_key")
    assert "smctl.toml line 4" in done.json["error"]["message"]


def test_config_shows_what_was_understood(project: Project, main: Main) -> None:
    shown = main("config", "--json").json
    assert shown == {"root": str(project.root), **project.config.as_document()}
    assert re.search(rf"^dev\.ports\.web +{project.config.dev.ports.web}$", main("config").out, re.MULTILINE)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("st", ["status"]),
        ("re", ["restart", "releases", "rehearse", "render"]),
        ("m", ["migrate", "makemigrations"]),
    ],
)
def test_the_shell_completes_verbs(typed: str, offered: list[str], smctl: Smctl) -> None:
    asked = {"_SMCTL_COMPLETE": "complete_bash", "COMP_WORDS": f"smctl {typed}", "COMP_CWORD": "1"}
    done = smctl(env=asked)
    assert (done.code, done.out.split()) == (0, offered)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_of_a_shell_is_shown(shell: str, smctl: Smctl) -> None:
    done = smctl("--show-completion", shell, env={"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"})
    assert done.code == 0
    assert "_SMCTL_COMPLETE" in done.out and "smctl" in done.out


@pytest.mark.parametrize("arguments", [["ls"], ["config"], ["down"], ["status"], ["doctor"]], ids=" ".join)
def test_one_document_is_all_that_json_prints(arguments: list[str], project: Project, main: Main) -> None:
    done = main(*arguments, "--json")
    assert isinstance(done.json, dict)
    assert done.err == ""


def test_looking_leaves_nothing_in_the_project(project: Project, main: Main) -> None:
    before = set(os.listdir(project.root))
    for verb in ("ls", "config", "status", "doctor"):
        main(verb)
    assert set(os.listdir(project.root)) == before
