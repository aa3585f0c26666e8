from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING, Annotated

from smctl.commands import naming, report
from smctl.commands.invocation import Invocation
from smctl.errors import NotHealthy, WrongUse, did_you_mean

if TYPE_CHECKING:
    import typer


def open_(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="api, docs, redoc, admin, health or frontend.")] = "",
    print_only: Annotated[bool, typer.Option("--print", help="Print the address instead.")] = False,
) -> int:
    """Open a page of the stack in the browser: the web app, or the API's documentation where there is none.

    Example: smctl open admin
    """
    call: Invocation = ctx.obj
    urls = report.urls(naming.existing_engine(call.project).status())
    name = name or ("frontend" if urls["frontend"] else "docs")
    if name not in urls:
        raise WrongUse(
            "usage",
            f"There is no page {name!r}.",
            why=f"pages: {', '.join(urls)}",
            fix=did_you_mean(name, urls) or "smctl open docs",
        )
    url = urls[name]
    if url is None:
        raise NotHealthy("not_running", f"{name} is not running.", fix="smctl up")
    opened = not print_only and not call.out.as_json and webbrowser.open(url)
    call.out.data({"name": name, "url": url, "opened": opened}, f"Opened {url}" if opened else url)
    return 0
