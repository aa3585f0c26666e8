"""Columns and tables: added, dropped, renamed, retyped."""

from __future__ import annotations

from tests.release.migrations.pairs.pair import CRUD, Step, harmless, impossible, reversing

NOTED = """
class Thing(models.Model):
    name = models.CharField(max_length=20)
    count = models.IntegerField(default=0)
    note = models.TextField({})
"""
NAMED = """
class Thing(models.Model):
    name = models.{}
    count = models.IntegerField(default=0)
"""
COUNTED = """
class Thing(models.Model):
    name = models.CharField(max_length=20)
    count = models.{}
"""
SHELF = """
class Shelf(models.Model):
    label = models.CharField(max_length=20)
class Thing(models.Model):
    name = models.CharField(max_length=20)
    count = models.IntegerField(default=0)
    shelf = models.ForeignKey(Shelf, models.CASCADE, null=True, db_constraint={})
"""
PRICED = """
class Thing(models.Model):
    name = models.CharField(max_length=20)
    count = models.IntegerField(default=0)
    price = models.DecimalField(max_digits=6, decimal_places=2, default=0)
"""
PRICING = """
thing = Thing.objects.create(name="apple", price="9999.99")
assert str(Thing.objects.get(pk=thing.pk).price) in ("9999.99", "9999.9900")
thing.delete()
"""
INITIAL = Step(
    'migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True)), '
    '("name", models.CharField(max_length=20)), ("count", models.IntegerField(default=0)), '
    '("note", models.TextField(null=True))])'
)
FORGOTTEN = Step(
    'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("thing", "note")])'
)
DELETED = Step(
    'migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True)), '
    '("name", models.CharField(max_length=20)), ("count", models.IntegerField(default=0))]), '
    'migrations.CreateModel("Spare", [("id", models.BigAutoField(primary_key=True))])'
)
UNMODELLED = Step('migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Spare")])')


def alter(field: str, definition: str) -> str:
    return f'migrations.AlterField("thing", "{field}", models.{definition})'


def add(field: str, definition: str) -> str:
    return f'migrations.AddField("thing", "{field}", models.{definition})'


ADDED = [
    harmless("add_null", add("note", "TextField(null=True)")),
    harmless("add_with_default_of_the_database", add("stars", "IntegerField(db_default=3)"), first="5.2"),
    reversing("add_not_null", add("stars", "IntegerField(default=3)")),
    reversing("add_not_null_empty_text", add("note", 'TextField(default="")')),
    harmless("add_unique_null", add("code", "CharField(max_length=9, null=True, unique=True)")),
    reversing(
        "add_unique_with_default_of_the_database",
        add("code", 'CharField(max_length=9, db_default="x", unique=True)'),
        rows="",
        use='Thing.objects.create(name="one")\nThing.objects.create(name="two")',
        first="5.2",
    ),
    harmless(
        "add_generated",
        add(
            "twice",
            'GeneratedField(expression=models.F("count") * 2, output_field=models.IntegerField(null=True), '
            "db_persist=True, null=True)",
        ),
        first="5.2",
    ),
    harmless("add_many_to_many", add("others", 'ManyToManyField("self")')),
    harmless(
        "add_foreign_key_null",
        'migrations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True)), '
        '("thing", models.ForeignKey("add_foreign_key_null.thing", models.CASCADE))]), '
        'migrations.RunSQL("INSERT INTO add_foreign_key_null_note (thing_id) '
        'SELECT id FROM add_foreign_key_null_thing", "")',
        caution="Thing.objects.all().delete()",
    ),
    harmless(
        "add_and_drop_in_one",
        f'{add("stars", "IntegerField(default=3)")}, migrations.RemoveField("thing", "stars")',
    ),
    reversing(
        "add_and_drop_in_two",
        {
            "0002_add": Step(add("stars", "IntegerField(default=3)")),
            "0003_drop": Step('migrations.RemoveField("thing", "stars")'),
        },
        too_strict="each migration is judged alone, and the second one heals the first",
    ),
    reversing(
        "add_null_then_not_null",
        {
            "0002_add": Step(add("stars", "IntegerField(null=True)")),
            "0003_fill": Step(alter("stars", "IntegerField(default=3)")),
        },
        plan=("0002_add",),
    ),
    reversing(
        "order_with_respect_to",
        'migrations.AlterOrderWithRespectTo("thing", "shelf")',
        models=SHELF.format(True),
    ),
]

DROPPED = [
    reversing("drop_null", 'migrations.RemoveField("thing", "note")', models=NOTED.format("null=True")),
    reversing(
        "drop_with_default",
        'migrations.RemoveField("thing", "count")',
        use="""
thing = Thing.objects.create(name="apple", count=1)
assert Thing.objects.get(pk=thing.pk).count == 1
thing.delete()
""",
    ),
    impossible("drop_required", 'migrations.RemoveField("thing", "name")'),
    harmless(
        "drop_after_the_state_forgot_it",
        'migrations.RunSQL("ALTER TABLE drop_after_the_state_forgot_it_thing DROP COLUMN note", '
        '"ALTER TABLE drop_after_the_state_forgot_it_thing ADD COLUMN note text")',
        older={"0001_initial": INITIAL, "0001b_forgotten": FORGOTTEN},
    ),
    harmless(
        "forget_in_the_state_only",
        'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("thing", "note")])',
        models=NOTED.format("null=True"),
    ),
    harmless(
        "drop_table_after_the_state_forgot_it",
        'migrations.RunSQL("DROP TABLE drop_table_after_the_state_forgot_it_spare")',
        older={"0001_initial": DELETED, "0001b_forgotten": UNMODELLED},
    ),
    reversing("drop_model", 'migrations.DeleteModel("Thing")'),
    harmless(
        "make_model",
        'migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True)), '
        '("name", models.TextField())])',
    ),
]

RENAMED = [
    reversing("rename_field", 'migrations.RenameField("thing", "name", "title")'),
    harmless(
        "rename_field_keep_column",
        'migrations.RenameField("thing", "name", "title")',
        models=NAMED.format('CharField(max_length=20, db_column="called")'),
    ),
    reversing("rename_column", alter("name", 'CharField(max_length=20, db_column="called")')),
    reversing("rename_model", 'migrations.RenameModel("Thing", "Article")'),
    harmless(
        "rename_model_keep_table",
        'migrations.RenameModel("Thing", "Article")',
        models="class Thing(models.Model):\n    name = models.CharField(max_length=20)\n"
        '    count = models.IntegerField(default=0)\n    class Meta:\n        db_table = "kept_thing"\n',
    ),
    reversing("rename_table", 'migrations.AlterModelTable("thing", "articles")'),
    harmless(
        "other_options", 'migrations.AlterModelOptions("thing", {"ordering": ["name"], "verbose_name": "x"})'
    ),
]

WRITES_LONG = CRUD + 'Thing.objects.create(name="x" * 20)\n'
RETYPED = [
    harmless("widen_text", alter("name", "CharField(max_length=40)"), use=WRITES_LONG),
    harmless("text_without_limit", alter("name", "TextField()"), use=WRITES_LONG),
    reversing("narrow_text", alter("name", "CharField(max_length=10)"), use=WRITES_LONG),
    harmless("widen_number", alter("count", "BigIntegerField(default=0)")),
    reversing(
        "narrow_number",
        alter("count", "IntegerField(default=0)"),
        models=COUNTED.format("BigIntegerField(default=0)"),
        use=f"{CRUD}Thing.objects.create(name='big', count=2**40)\n",
    ),
    reversing("number_to_text", alter("count", 'CharField(max_length=20, default="0")')),
    reversing(
        "text_to_number",
        alter("name", "IntegerField()"),
        rows='Thing.objects.create(name="12")',
    ),
    harmless(
        "widen_decimal",
        alter("price", "DecimalField(max_digits=9, decimal_places=2, default=0)"),
        models=PRICED,
        use=PRICING,
    ),
    reversing(
        "narrow_decimal",
        alter("price", "DecimalField(max_digits=6, decimal_places=4, default=0)"),
        models=PRICED,
        use=PRICING,
    ),
    reversing(
        "finer_decimal",
        alter("price", "DecimalField(max_digits=9, decimal_places=4, default=0)"),
        models=PRICED,
        use=PRICING,
        too_strict="reading more decimals is harmless until the older code writes one back",
    ),
    reversing(
        "null_to_not_null",
        alter("note", 'TextField(default="")'),
        models=NOTED.format("null=True"),
    ),
    harmless(
        "not_null_to_null",
        f'{alter("name", "CharField(max_length=20, null=True)")}, '
        'migrations.RunSQL("UPDATE not_null_to_null_thing SET name = NULL WHERE count = 1", "")',
        use=CRUD.replace("Thing.objects.all()", "Thing.objects.exclude(name=None)"),
        caution="[row.name.upper() for row in Thing.objects.all()]",
    ),
    reversing(
        "only_positive",
        alter("count", "PositiveIntegerField(default=0)"),
        use=f"{CRUD}Thing.objects.create(name='returned', count=-1)\n",
    ),
    reversing(
        "default_of_the_database_gone",
        alter("count", "IntegerField(default=0)"),
        models=COUNTED.format("IntegerField(db_default=0)"),
        use="from django.db import connection\nThing.objects.create(name='pear')\n",
        first="5.2",
    ),
    reversing(
        "foreign_key_now_held",
        alter("shelf", 'ForeignKey("foreign_key_now_held.shelf", models.CASCADE, null=True)'),
        models=SHELF.format(False),
        use=f"{CRUD}Thing.objects.create(name='lost', shelf_id=12345)\n",
    ),
    reversing(
        "foreign_key_to_another_column",
        alter(
            "shelf",
            'ForeignKey("foreign_key_to_another_column.shelf", models.CASCADE, to_field="number", null=True)',
        ),
        models=SHELF.format(True).replace(
            "label = models.CharField(max_length=20)", "number = models.BigIntegerField(unique=True)"
        ),
        use=f"{CRUD}Thing.objects.create(name='x', shelf=Shelf.objects.create(number=999))\n",
    ),
    harmless(
        "foreign_key_not_held",
        alter(
            "shelf",
            'ForeignKey("foreign_key_not_held.shelf", models.CASCADE, null=True, db_constraint=False)',
        ),
        models=SHELF.format(True),
    ),
    harmless("other_words", alter("name", 'CharField("the name", max_length=20, help_text="x", default="")')),
]

PAIRS = [*ADDED, *DROPPED, *RENAMED, *RETYPED]
