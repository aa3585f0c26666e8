import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.pings import executed, send, tokens


class Command(BaseCommand):
    help = "Send tasks to the worker, and see that every one of them is executed."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, default=1, help="how many (1)")
        parser.add_argument(
            "--timeout", type=float, default=10.0, help="seconds to wait for all of them (10)"
        )
        parser.add_argument("--prefix", help="names the batch, so that a later --check finds it (random)")
        step = parser.add_mutually_exclusive_group()
        step.add_argument("--send-only", action="store_true", help="do not wait; needs --prefix")
        step.add_argument("--check", action="store_true", help="do not send; needs --prefix")

    def handle(self, *args: Any, count: int, timeout: float, prefix: str | None, **options: Any) -> None:
        if prefix is None and (options["send_only"] or options["check"]):
            raise CommandError("--send-only and --check need --prefix, or nobody could find the tasks again.")
        wanted = tokens(prefix=prefix or uuid.uuid4().hex, count=count)
        if not options["check"]:
            send(wanted)
        if options["send_only"]:
            self.stdout.write(f"{count} sent")
            return
        found = executed(wanted, within_seconds=timeout)
        self.stdout.write(f"{found} of {count} executed")
        if found < count:
            raise CommandError(
                "The worker did not execute all of them in time. Does /health say that it is up?"
            )
