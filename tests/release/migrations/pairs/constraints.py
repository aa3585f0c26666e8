"""Indexes and constraints: what PostgreSQL refuses, and what the older code relies on."""

from __future__ import annotations

from tests.release.migrations.pairs.pair import CRUD, Step, harmless, reversing

META = """
class Thing(models.Model):
    name = models.CharField(max_length=20)
    count = models.IntegerField(default=0)
    class Meta:
        {}
"""
UNIQUE = META.format('constraints = [models.UniqueConstraint(fields=["name"], name="{}")]')
TOGETHER = META.format('unique_together = [("name", "count")]')
INDEXED = META.format('indexes = [models.Index(fields=["count"], name="{}")]')
CHECKED = META.format('constraints = [Check(that=models.Q({}), name="{}")]')
SPANNED = """
class Thing(models.Model):
    name = models.CharField(max_length=20)
    count = models.IntegerField(default=0)
    span = IntegerRangeField(null=True)
"""
SHELVED = """
class Shelf(models.Model):
    business = models.IntegerField(default=1)
    class Meta:
        constraints = [models.UniqueConstraint(fields=["business", "id"], name="{}")]
class Thing(models.Model):
    business = models.IntegerField(default=1)
    name = models.CharField(max_length=20)
    count = models.IntegerField(default=0)
    shelf = models.ForeignKey(Shelf, models.CASCADE, null=True, db_constraint=False)
"""
ALIKE = CRUD + 'Thing.objects.create(name="same")\nThing.objects.create(name="same")\n'
ZERO = CRUD + 'Thing.objects.create(name="none", count=-5)\n'
UPSERT = CRUD + """
for count in (1, 2):
    Thing.objects.bulk_create(
        [Thing(name="up", count=count)], update_conflicts=True, unique_fields={}, update_fields={}
    )
"""
BY_NAME = UPSERT.format(["name"], ["count"])


def add(constraint: str) -> str:
    return f'migrations.AddConstraint("thing", {constraint})'


def drop(name: str) -> str:
    return f'migrations.RemoveConstraint("thing", "{name}")'


def one_of(name: str, *values: str) -> str:
    return add(f'Check(that=models.Q(name__in={list(values)}), name="{name}")')


def unique(name: str, *fields: str, more: str = "") -> str:
    return f'models.UniqueConstraint(fields={list(fields)}, name="{name}"{more})'


INDEXES = [
    harmless("add_index", 'migrations.AddIndex("thing", models.Index(fields=["count"], name="by_count"))'),
    harmless(
        "add_index_concurrently",
        {
            "0002_newer": Step(
                'AddIndexConcurrently("thing", models.Index(fields=["count"], name="by_count_too"))',
                words="atomic = False",
            )
        },
    ),
    harmless("drop_index", 'migrations.RemoveIndex("thing", "of_count")', models=INDEXED.format("of_count")),
    harmless(
        "rename_index",
        'migrations.RenameIndex("thing", new_name="after", old_name="before")',
        models=INDEXED.format("before"),
    ),
]

UNIQUENESS = [
    reversing("add_unique", add(unique("one_name", "name")), use=ALIKE),
    reversing(
        "unique_field",
        'migrations.AlterField("thing", "name", models.CharField(max_length=20, unique=True))',
        use=ALIKE,
    ),
    reversing(
        "add_unique_where",
        add(unique("one_free", "name", more=", condition=models.Q(count=0)")),
        use=ALIKE,
    ),
    harmless(
        "add_unique_over_new_null",
        'migrations.AddField("thing", "region", models.TextField(null=True)), '
        + add(unique("of_region", "name", "region")),
        use=ALIKE,
    ),
    harmless("add_unique_wider", add(unique("wider", "name", "count")), models=UNIQUE.format("narrower")),
    reversing("drop_unique", drop("used"), models=UNIQUE.format("used"), use=BY_NAME),
    reversing(
        "drop_unique_unused",
        drop("unused"),
        models=UNIQUE.format("unused"),
        too_strict="this code has no upsert; which code has one, its models do not say",
    ),
    harmless(
        "rename_unique",
        f'{drop("first_name")}, {add(unique("given_name", "name"))}',
        models=UNIQUE.format("first_name"),
        use=BY_NAME,
    ),
    reversing(
        "unique_under_the_same_name",
        f'{drop("only")}, {add(unique("only", "count"))}',
        models=UNIQUE.format("only"),
        use='Thing.objects.create(name="one", count=7)\nThing.objects.create(name="two", count=7)\n',
    ),
    reversing("unique_together", 'migrations.AlterUniqueTogether("thing", {("name", "count")})', use=ALIKE),
    reversing(
        "drop_unique_together",
        'migrations.AlterUniqueTogether("thing", set())',
        models=TOGETHER,
        use=UPSERT.format(["name", "count"], ["name"]),
    ),
]

CHECKS = [
    reversing("add_check", add('Check(that=models.Q(count__gte=0), name="no_less")'), use=ZERO),
    reversing(
        "add_check_not_valid",
        {
            "0002_newer": Step(
                'AddConstraintNotValid("thing", Check(that=models.Q(count__gte=0), name="later"))'
            ),
            "0003_valid": Step('ValidateConstraint("thing", "later")'),
        },
        use=ZERO,
    ),
    harmless(
        "widen_check",
        f'{drop("level")}, {one_of("level", "a", "b", "c")}',
        models=CHECKED.format('name__in=["a", "b"]', "level"),
        use='Thing.objects.create(name="a")\nThing.objects.filter(name="a").update(name="b")',
        rows="",
    ),
    reversing(
        "narrow_check",
        f'{drop("grade")}, {one_of("grade", "a")}',
        models=CHECKED.format('name__in=["a", "b"]', "grade"),
        use='Thing.objects.create(name="a")\nThing.objects.filter(name="a").update(name="b")',
        rows="",
    ),
    harmless("drop_check", drop("positive"), models=CHECKED.format("count__gte=0", "positive")),
    harmless(
        "check_of_new_null",
        'migrations.AddField("thing", "stars", models.IntegerField(null=True)), '
        + add('Check(that=models.Q(stars__gte=1, stars__lte=5), name="five_stars")'),
    ),
    reversing(
        "check_that_new_is_there",
        'migrations.AddField("thing", "stars", models.IntegerField(null=True)), '
        'migrations.RunSQL("UPDATE check_that_new_is_there_thing SET stars = 1", ""), '
        + add('Check(that=models.Q(stars__isnull=False), name="has_stars")'),
    ),
    reversing(
        "add_exclusion",
        add('ExclusionConstraint(name="apart", expressions=[("span", "&&")])'),
        models=SPANNED,
        use=f"{CRUD}for _ in range(2):\n    Thing.objects.create(name='x', span=(1, 5))\n",
    ),
]

OURS = [
    reversing(
        "same_tenant",
        add('SameTenant(field="shelf", name="shelf_of_tenant")'),
        models=SHELVED.format("shelf_one"),
        use=f"{CRUD}Thing.objects.create(name='x', business=1, shelf=Shelf.objects.create(business=2))\n",
    ),
    harmless(
        "drop_same_tenant",
        drop("tenant_shelf"),
        models=SHELVED.format("shelf_two")
        + '    class Meta:\n        constraints = [SameTenant(field="shelf", name="tenant_shelf")]\n',
    ),
    reversing(
        "tenant_policy",
        add('TenantPolicy(name="policy_new")')
        + ', migrations.RunSQL("ALTER TABLE tenant_policy_thing ENABLE ROW LEVEL SECURITY, '
        'FORCE ROW LEVEL SECURITY", "ALTER TABLE tenant_policy_thing DISABLE ROW LEVEL SECURITY, '
        'NO FORCE ROW LEVEL SECURITY")',
        models=SHELVED.format("shelf_three"),
    ),
]

PAIRS = [*INDEXES, *UNIQUENESS, *CHECKS, *OURS]
