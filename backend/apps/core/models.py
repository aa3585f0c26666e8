from typing import Any

from django.db import models


class TimeStamped(models.Model):
    """A row that knows when it was made and when it last changed."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """Save, and note when, also where only some fields are written (`update_fields`)."""
        if named := options.get("update_fields"):
            options["update_fields"] = {*named, "updated_at"}
        super().save(*args, **options)
