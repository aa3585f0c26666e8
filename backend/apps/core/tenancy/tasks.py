"""Tasks that work for one business."""

import inspect
from typing import Any, ParamSpec, TypeVar

from apps.core import actor
from apps.core.actor import SYSTEM
from apps.core.task_base import Task
from apps.core.tenancy import scope

P = ParamSpec("P")
R = TypeVar("R", covariant=True)

BUSINESS = "business_id"


class TenantTask(Task[P, R]):
    """Runs with the business that its keyword argument `business_id` names in scope, as the system itself.

    Declared with `@app.task(name=…, base=TenantTask)`; its arguments are ids, and it may run twice.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        """Refuse a task that does not say for whom it works, when it is declared.

        Raises:
            TypeError: `business_id` is not a keyword argument that has to be given.
        """
        super().__init_subclass__(**options)
        parameter = inspect.signature(cls.run).parameters.get(BUSINESS)
        if (
            parameter is None
            or parameter.kind != parameter.KEYWORD_ONLY
            or parameter.default != parameter.empty
        ):
            raise TypeError(f"Declare the task as {cls.__name__}(*, {BUSINESS}: int, …).")

    def perform(self, *args: P.args, **kwargs: P.kwargs) -> R:
        business = kwargs.get(BUSINESS)
        if not isinstance(business, int):
            raise TypeError(f"{BUSINESS} is the id of one business, not {business!r}.")
        with scope.working_for(business), actor.acting(SYSTEM):
            return super().perform(*args, **kwargs)
