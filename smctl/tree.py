"""The command tree. A verb's module is imported only when that verb runs: `--help` imports none of them."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_params_convertors_ctx_param_name_from_function

from smctl import __version__
from smctl.commands.invocation import Invocation
from smctl.errors import WrongUse, did_you_mean
from smctl.output import Output, write_stdout
from smctl.verbs import VERBS, root_help


def dispatch(arguments: list[str]) -> int:
    """Run one command line. Raises what the verb raises, and typer's own exceptions for wrong use."""
    group = _tree()
    if "_SMCTL_COMPLETE" in os.environ:
        group.main(args=arguments, prog_name="smctl", complete_var="_SMCTL_COMPLETE")
    with group.make_context("smctl", arguments) as context:
        return int(group.invoke(context) or 0)


def _global_options(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document on stdout, nothing else there.")
    ] = False,
    directory: Annotated[
        str, typer.Option("--project", metavar="DIR", help="The project; default: here.")
    ] = ".",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="More detail.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours; NO_COLOR does the same.")] = False,
) -> None:
    """The options of every verb; given before the verb or after it, they mean the same."""


NAMES = ("as_json", "directory", "quiet", "verbose", "no_color")


def _parameters() -> list[Any]:
    return list(get_params_convertors_ctx_param_name_from_function(_global_options)[0])


def _take(values: dict[str, Any]) -> dict[str, Any]:
    """Remove the global options from a command's parsed parameters and return those that were given."""
    taken = {name: values.pop(name) for name in NAMES if name in values}
    return {name: value for name, value in taken.items() if value and value != "."}


class Verb(TyperCommand):
    def invoke(self, ctx: Any) -> Any:
        given = ctx.parent.meta["smctl.given"] | _take(ctx.params)
        out = Output(
            as_json=given.get("as_json", False),
            quiet=given.get("quiet", False),
            verbose=given.get("verbose", False),
            color=not given.get("no_color", False),
        )
        ctx.obj = Invocation(out, Path(given.get("directory", ".")))
        return super().invoke(ctx)


class Tree(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in VERBS:
            return None
        module_name, line = VERBS[cmd_name]
        module = importlib.import_module(f"smctl.commands.{module_name}")
        # A verb names typer in its annotations only, so that it can be called without it (smctl.cli).
        vars(module)["typer"] = typer
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        settings = getattr(module, "CONTEXT", None)
        app.command(cmd_name, cls=Verb, short_help=line, context_settings=settings)(
            getattr(module, module_name)
        )
        command = get_command(app)
        command.params.extend(_parameters())
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0]
        if name not in VERBS and not name.startswith("-") and not ctx.resilient_parsing:
            raise WrongUse(
                "usage",
                f"There is no command {name!r}.",
                why=f"commands: {', '.join(VERBS)}",
                fix=did_you_mean(name, VERBS) or "smctl --help",
            )
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: Any) -> str:
        return root_help()

    def invoke(self, ctx: Any) -> Any:
        ctx.meta["smctl.given"] = _take(ctx.params)
        return super().invoke(ctx)


def _print_version(asked: bool) -> None:
    if asked:
        write_stdout(f"smctl {__version__}\n")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print smctl's version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """One command from a clone to a healthy stack, one from a commit to production, one back."""


def _tree() -> Any:
    app = typer.Typer(
        cls=Tree,
        rich_markup_mode=None,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    group = get_command(app)
    group.params.extend(_parameters())
    return group
