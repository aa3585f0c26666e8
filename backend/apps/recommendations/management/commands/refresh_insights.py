from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.auth.models import Business
from apps.core import queue
from apps.recommendations.insights import insights_refresh
from apps.recommendations.schedule import REFRESH


class Command(BaseCommand):
    help = "Work out scores, forecasts, cash flow and recommendations anew."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--business", type=int, metavar="ID", help="of this business")
        which.add_argument("--all", action="store_true", help="of every business")
        parser.add_argument("--now", action="store_true", help="here, instead of by the worker")
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="DAY", help="needs --now (today)")

    def handle(self, *args: Any, business: int | None, now: bool, as_of: date | None, **options: Any) -> None:
        if as_of and not now:
            raise CommandError("The worker works as of today. For another day: --now --as-of DAY")
        if business and not Business.objects.filter(pk=business).exists():
            raise CommandError(f"There is no business {business}.")
        count = 0
        for each in [business] if business else _every_business():
            if now:
                self._refresh(each, as_of)
            else:
                self._send(each)
            count += 1
        self.stdout.write(f"{count} {'refreshed' if now else 'sent to the worker'}")

    def _refresh(self, business: int, as_of: date | None) -> None:
        done = insights_refresh(business_id=business, as_of=as_of)
        if done is not None:
            self.stdout.write(
                f"business {business}: {done.scores} scores, {done.forecasts} forecasts, "
                f"{done.recommendations} recommendations"
            )

    def _send(self, business: int) -> None:
        try:
            queue.send(REFRESH, {"business_id": business})
        except queue.QueueUnavailable as error:
            raise CommandError("Redis did not accept the task. Does /health say that it is up?") from error


def _every_business() -> Iterator[int]:
    return Business.objects.order_by("id").values_list("id", flat=True).iterator()
