"""A pair: an app as the older code has it, and the migrations that the newer code has more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HARMLESS, REVERSING, IMPOSSIBLE = "harmless", "needs reversing", "impossible"

THING = """
class Thing(models.Model):
    name = models.CharField(max_length=20)
    count = models.IntegerField(default=0)
"""
# What the older code does all day: create, read, update, list, delete.
CRUD = """
thing = Thing.objects.create(name="apple", count=1)
thing = Thing.objects.get(pk=thing.pk)
assert (thing.name, thing.count) == ("apple", 1), thing.name
thing.name = "pear"
thing.save()
assert thing in Thing.objects.filter(name="pear", count=1).order_by("count")
assert all(len(row.name) <= 20 for row in Thing.objects.all())
thing.delete()
"""
ROWS = """
Thing.objects.create(name="first", count=1)
Thing.objects.create(name="second", count=2)
"""


@dataclass(frozen=True)
class Step:
    """One migration. head: what stands above its class. after: the names it depends on, of the same app;
    empty for the one before it. words: more of the class's body.
    """

    operations: str
    head: str = ""
    after: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True)
class Pair:
    """older: its migrations, where they are not simply what makes its models. newer: those it gets; a text is
    the operations of one. removes: what it has no more. use: the older code's own test. rows: what the older
    code has written before. plan: the targets of `migrate APP`, in order. too_strict: why the older code
    passes all the same. caution: code that shows what the verdict warns of: it fails on the newer schema, and
    only there. first: the oldest Django that has this.
    """

    name: str
    verdict: str
    newer: str | Mapping[str, Step]
    models: str = THING
    older: Mapping[str, Step] = field(default_factory=dict)
    removes: tuple[str, ...] = ()
    use: str = CRUD
    rows: str = ROWS
    plan: tuple[str, ...] = ()
    too_strict: str = ""
    caution: str = ""
    first: str = "4.2"

    @property
    def steps(self) -> Mapping[str, Step]:
        return {"0002_newer": Step(self.newer)} if isinstance(self.newer, str) else self.newer


def harmless(name: str, newer: str | Mapping[str, Step], **more: object) -> Pair:
    return Pair(name, HARMLESS, newer, **more)  # type: ignore[arg-type]


def reversing(name: str, newer: str | Mapping[str, Step], **more: object) -> Pair:
    """Taken back to the first migration unless `plan` says otherwise."""
    return Pair(name, REVERSING, newer, **{"plan": ("0001_initial",), **more})  # type: ignore[arg-type]


def impossible(name: str, newer: str | Mapping[str, Step], **more: object) -> Pair:
    return Pair(name, IMPOSSIBLE, newer, **more)  # type: ignore[arg-type]
