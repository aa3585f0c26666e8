"""The verbs and what `smctl --help` says of them. Imports nothing, so that help is there at once."""

from __future__ import annotations

# Verb: module in smctl.commands, and its line in `smctl --help`. In the order in which people need them.
VERBS: dict[str, tuple[str, str]] = {
    "up": ("up", "Start the stack, or repair it; returns when it is healthy."),
    "down": ("down", "Stop the stack. Data stays, unless --volumes."),
    "restart": ("restart", "Restart services, and wait until they are healthy."),
    "status": ("status", "What runs, on which port, and is it well."),
    "ls": ("ls", "Every stack on this machine."),
    "logs": ("logs", "Log lines of the services, merged; -f follows."),
    "run": ("run", "Run a command in a service's environment: smctl run web -- python manage.py check"),
    "shell": ("shell", "A Django shell, or a shell in another service."),
    "psql": ("psql", "A SQL prompt in the stack's database."),
    "migrate": ("migrate", "Apply migrations; --plan shows what would be done."),
    "makemigrations": ("makemigrations", "Write migrations for what changed in the models."),
    "seed": ("seed", "Make demo data, or what is missing of it; say what is there."),
    "test": ("test", "Run the backend's tests or the frontend's: smctl test backend -- -k health"),
    "lint": ("lint", "Formatters, linters, types, generated files; --fix mends what can be."),
    "ci": ("ci", "Every check, as the workflow on GitHub runs them."),
    "deploy": ("deploy", "Bring a commit to production; --dry-run shows what would be done."),
    "rollback": ("rollback", "Bring back a release that was live, the last good one by default."),
    "releases": ("releases", "What went to production, and what is live."),
    "secrets": ("secrets", "The variables of production: ls, set, sync; values are never shown."),
    "rehearse": ("rehearse", "A production on this machine: deploy to it, break it, roll it back."),
    "open": ("open_", "Open a page of the stack in the browser."),
    "health": ("health", "Ask /health; --watch keeps asking."),
    "config": ("config", "What smctl understood of smctl.toml."),
    "render": ("render", "Write the generated files from smctl.toml; --check finds drift."),
    "doctor": ("doctor", "Check this machine and this project; say what to do."),
}

OPTIONS = {
    "--json": "One JSON document on stdout, nothing else there.",
    "--project DIR": "The project; default: the folder you are in.",
    "-q, --quiet": "No progress.",
    "-v, --verbose": "More detail.",
    "--no-color": "No colours; NO_COLOR does the same.",
    "--version": "Show the version.",
    "--install-completion": "Install completion for this shell; --show-completion prints it.",
    "-h, --help": "Show this, or with a verb what that verb takes.",
}


def root_help() -> str:
    lines = ["Usage: smctl [OPTIONS] VERB [ARGS]...", ""]
    lines += ["  One command from a clone to a healthy stack, one from a commit to production, one back.", ""]
    lines += ["Verbs:", *(f"  {name:<14} {line}" for name, (_, line) in VERBS.items()), ""]
    lines += ["Options, of every verb:", *(f"  {name:<21} {line}" for name, line in OPTIONS.items()), ""]
    return "\n".join([*lines, "Example: smctl up && smctl status --json"])
