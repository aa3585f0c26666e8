"""The command, on the test database, in this process."""

import json
from io import StringIO
from typing import Any

import psycopg2
import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.adminops import audit
from apps.auth.demo import demo_email
from apps.auth.models import Business, User
from apps.core.seeding import Counts, Progress
from apps.core.tenancy import row_security, scope
from apps.transactions.models import Customer, Product, Transaction
from tests.support.factories import make_customer, make_product, make_sale, make_shop

pytestmark = pytest.mark.django_db

SMALL = {"products": 3, "customers": 4, "transactions": 10}
GOLDEN = "7d4a861c49559ae5"


@pytest.fixture(autouse=True)
def development(settings: Settings) -> None:
    settings.DEBUG = True


def seed(*flags: str, **options: Any) -> dict[str, Any]:
    output = StringIO()
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    call_command("seed_demo", "--json", *flags, *arguments, stdout=output)
    document: dict[str, Any] = json.loads(output.getvalue())
    return document


def versions() -> dict[str, list[Any]]:
    """Every row of every table that a seed writes to, with what PostgreSQL changes at each write."""
    tables = ["accounts_business", "accounts_user", *row_security.tables()]
    with scope.every_business(), connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f"SELECT ctid::text, xmin::text, row.* FROM {table} AS row ORDER BY id")
            found[table] = cursor.fetchall()
    return found


def stored() -> list[int]:
    with scope.every_business():
        rows: list[int] = [model.objects.count() for model in (Product, Customer, Transaction)]
    return [Business.objects.count(), User.objects.count(), *rows]


def test_the_first_demo_user_is_demo_at_example_com() -> None:
    assert [demo_email(number) for number in (1, 2, 3)] == [
        "demo@example.com",
        "demo2@example.com",
        "demo3@example.com",
    ]


def test_one_user_has_what_the_brief_asks_for() -> None:
    shown = seed(users=1)
    assert shown["created"] == {"businesses": 1, "products": 30, "customers": 50, "transactions": 100}
    assert shown["totals"] == shown["created"]
    assert stored() == [1, 1, 30, 50, 100]


def test_every_demo_user_owns_a_demo_business_with_bangla_names() -> None:
    seed(users=30, **SMALL)
    for user in User.objects.select_related("business"):
        assert user.business is not None
        assert user.business.is_demo
        assert user.business.user_id == user.pk
        assert "\u0980" <= user.first_name[0] <= "\u09ff"
        assert "\u0980" <= user.business.name[0] <= "\u09ff"
    assert Business.objects.count() == 30


def test_the_data_is_the_same_on_every_machine_and_every_postgresql() -> None:
    assert seed(users=3, as_of="2026-01-31")["checksum"] == GOLDEN


def test_another_day_is_other_data() -> None:
    assert seed(users=3, as_of="2026-02-01")["checksum"] != GOLDEN


def test_seeding_again_writes_nothing() -> None:
    first = seed(users=3, **SMALL)
    before = versions()
    again = seed(users=3, **SMALL)
    assert again["created"] == {"businesses": 0, "products": 0, "customers": 0, "transactions": 0}
    assert again["checksum"] == first["checksum"]
    assert versions() == before


def test_a_later_day_changes_nothing_either() -> None:
    first = seed(users=2, as_of="2026-01-31", **SMALL)
    before = versions()
    more = seed(users=4, **SMALL)
    assert more["as_of"] == first["as_of"] == "2026-01-31"
    assert all(set(rows) <= set(versions()[table]) for table, rows in before.items())


def test_the_same_data_comes_of_it_in_one_step_or_in_several() -> None:
    seed(users=1, **{**SMALL, "transactions": 4})
    seed(users=3, **{**SMALL, "transactions": 4})
    step_by_step = seed(users=3, **SMALL)
    assert step_by_step["created"] == {"businesses": 0, "products": 0, "customers": 0, "transactions": 18}
    assert seed("--reset", users=3, **SMALL)["checksum"] == step_by_step["checksum"]


def test_more_products_and_customers_are_added_to_those_that_exist() -> None:
    seed(users=2, products=3, customers=4, transactions=10)
    before = versions()
    more = seed(users=2, products=5, customers=9, transactions=10)
    assert more["created"] == {"businesses": 0, "products": 4, "customers": 10, "transactions": 0}
    assert all(set(rows) <= set(versions()[table]) for table, rows in before.items())


def test_fewer_than_there_are_removes_nothing() -> None:
    seed(users=2, **SMALL)
    before = versions()
    assert seed(users=1, products=1, customers=1, transactions=1)["totals"]["transactions"] == 20
    assert versions() == before


def test_what_somebody_deleted_is_missing_and_comes_back() -> None:
    first = seed(users=1, products=5, customers=4, transactions=0)
    with scope.every_business():
        Product.objects.get(sku="DEMO-0002").delete()
        Customer.objects.get(phone="01200010003").delete()
    again = seed(users=1, products=5, customers=4, transactions=0)
    assert (again["created"]["products"], again["created"]["customers"]) == (1, 1)
    assert again["checksum"] == first["checksum"]


def test_what_a_developer_adds_to_a_demo_shop_stays_and_shows_in_the_checksum() -> None:
    first = seed(users=1, **SMALL)
    shop = Business.objects.get()
    make_sale(shop, make_product(shop), customer=make_customer(shop))
    before = versions()
    again = seed(users=1, **SMALL)
    assert again["created"]["transactions"] == 0
    assert again["totals"]["transactions"] == 11
    assert again["checksum"] != first["checksum"]
    assert versions() == before


def test_a_changed_value_shows_in_the_checksum() -> None:
    first = seed(users=1, **SMALL)
    with scope.every_business():
        Product.objects.filter(sku="DEMO-0001").update(current_stock=7_777)
    assert seed(users=1, **SMALL)["checksum"] != first["checksum"]


def test_ids_go_on_from_where_the_seed_left_them() -> None:
    seed(users=2, **SMALL)
    shop = Business.objects.order_by("pk").last()
    assert shop is not None
    sale = make_sale(shop)
    with scope.every_business():
        assert sale.pk == max(Transaction.objects.values_list("pk", flat=True))


def test_a_demo_shop_sees_its_own_rows_and_nothing_else() -> None:
    seed(users=3, **SMALL)
    for shop in Business.objects.all():
        with scope.working_for(shop.pk), connection.cursor() as cursor:
            counts = list[int]()
            for table in ("product", "customer", "transaction"):
                cursor.execute(f"SELECT count(*) FROM transactions_{table}")
                counts.extend(cursor.fetchone() or ())
        assert counts == list(SMALL.values())


def test_row_security_is_on_before_and_after() -> None:
    seed(users=1, **SMALL)
    assert row_security.switch(on=True) == []


def test_sales_get_their_ids_in_the_order_of_their_days() -> None:
    seed(users=1)
    with scope.every_business():
        days = list(Transaction.objects.order_by("pk").values_list("date", flat=True))
    assert days == sorted(days)


def test_a_demo_user_logs_in_with_the_demo_password(settings: Settings) -> None:
    seed(users=2, **SMALL)
    for email in ("demo@example.com", "demo2@example.com"):
        assert authenticate(username=email, password=settings.DEMO_PASSWORD) is not None


def test_a_changed_demo_password_is_updated_in_development() -> None:
    seed(users=2, **SMALL)
    shown = seed(users=2, password="another-password", **SMALL)
    assert shown["passwords_updated"] == 2
    assert shown["created"]["businesses"] == 0
    assert authenticate(username="demo@example.com", password="another-password") is not None


def test_a_real_user_with_a_demo_address_is_left_alone() -> None:
    shop = Business.objects.create(name="Real")
    User.objects.create(email="demo2@example.com", business=shop, password="!")
    before = versions()
    with pytest.raises(CommandError, match="demo2@example.com belongs to a real business"):
        seed(users=3, **SMALL)
    assert versions() == before


def test_a_user_without_a_business_is_left_alone_too() -> None:
    User.objects.create(email="demo@example.com", password="!")
    with pytest.raises(CommandError, match="real business"):
        seed(users=1)


def test_reset_makes_the_demo_shops_anew_and_leaves_everybody_elses() -> None:
    real = make_shop()
    make_sale(real, make_product(real, sku="DEMO-0001"), customer=make_customer(real, phone="01200010001"))
    marked_by_staff = make_shop("Marked", is_demo=True)
    make_product(marked_by_staff)
    before = versions()
    first = seed(users=3, as_of="2026-01-31", **SMALL)
    assert all(set(rows) <= set(versions()[table]) for table, rows in before.items())
    again = seed("--reset", users=2, as_of="2026-01-31", **SMALL)
    assert again["created"]["businesses"] == again["totals"]["businesses"] == 2
    assert again["checksum"] != first["checksum"]
    assert all(set(rows) <= set(versions()[table]) for table, rows in before.items())
    assert seed(users=3, **SMALL)["checksum"] == first["checksum"]


def test_reset_takes_what_was_computed_and_logged_with_it() -> None:
    seed(users=1, **SMALL)
    shop = Business.objects.get()
    with scope.working_for(shop.pk):
        audit.record("product.updated", Product.objects.get(sku="DEMO-0001"))
    seed("--reset", users=0)
    assert not any(rows for rows in versions().values())


def test_the_last_day_is_kept_until_a_reset() -> None:
    seed(users=1, as_of="2026-01-31", **SMALL)
    with pytest.raises(CommandError, match="as of 2026-01-31; --reset makes it anew as of 2026-02-28"):
        seed(users=1, as_of="2026-02-28", **SMALL)
    assert seed("--reset", users=1, as_of="2026-02-28", **SMALL)["as_of"] == "2026-02-28"


def test_production_is_refused_unless_forced(settings: Settings) -> None:
    settings.DEBUG = False
    for flags in ([], ["--reset"], ["--users=0"]):
        with pytest.raises(CommandError, match="--force"):
            seed(*flags)
    seed("--force", **SMALL)
    assert User.objects.count() == 1


def test_production_gets_one_real_hash_and_keeps_its_passwords(settings: Settings) -> None:
    settings.DEBUG = False
    seed("--force", users=5, **SMALL)
    (password,) = set(User.objects.values_list("password", flat=True))
    assert int(password.split("$")[1]) >= 600_000
    seed("--force", users=5, password="another-password", **SMALL)
    assert set(User.objects.values_list("password", flat=True)) == {password}


def test_no_password_is_invented() -> None:
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        seed(password="")


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("--users=-1", "not a whole number from 0 to 100000"),
        ("--users=many", "not a whole number"),
        ("--customers=10000", "from 0 to 9999"),
        ("--transactions=1e3", "not a whole number"),
        ("--as-of=31.1.2026", "not a day such as 2026-01-31"),
        ("--as-of=1999-01-01", "not a day from"),
        ("--products=0", "nothing to sell"),
    ],
)
def test_what_makes_no_sense_is_refused(option: str, reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        call_command("seed_demo", option)
    assert stored() == [0] * 5


def test_people_read_a_table() -> None:
    output = StringIO()
    call_command("seed_demo", "--transactions=1234", stdout=output)
    lines = output.getvalue().splitlines()
    assert [line.split() for line in lines[:5]] == [
        ["added", "there", "are"],
        ["businesses", "1", "1"],
        ["products", "30", "30"],
        ["customers", "50", "50"],
        ["transactions", "1234", "1234"],
    ]
    assert lines[5].startswith("as of 20")


def test_what_is_added_is_looked_at_once_it_is_committed(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    seen: list[int] = []
    monkeypatch.setattr("apps.core.management.commands.seed_demo.after_seeding", seen.extend)
    with django_capture_on_commit_callbacks(execute=True):
        seed(users=25, **SMALL)
        assert seen == []
    first = User.objects.filter(email__in=[demo_email(number) for number in range(1, 21)])
    assert sorted(seen) == sorted(first.values_list("business_id", flat=True))
    seen.clear()
    with django_capture_on_commit_callbacks(execute=True):
        seed(users=25, **SMALL)
    assert seen == []


def test_an_error_in_the_making_ends_the_seed_and_leaves_nothing_half_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr("apps.core.seeding.shop.customers", broken)
    with pytest.raises(psycopg2.Error, match="ZeroDivisionError"):
        seed(users=1, **SMALL)
    assert stored() == [0] * 5


def test_progress_is_told_twice_a_second_and_not_at_all_in_the_first_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, lines = [100.0], list[str]()
    monkeypatch.setattr("apps.core.seeding.progress.time.monotonic", lambda: clock[0])
    progress = Progress(lines.append)
    for tenth in range(21):
        clock[0] = 100 + tenth / 10
        progress.added(tenth, transactions=100 * tenth, rows=1_000 * tenth, of=50)
    progress.removed(5, of=50)
    assert lines == [
        "seed: 10 of 50 businesses, 1000 transactions, 10000 rows/s",
        "seed: 15 of 50 businesses, 1500 transactions, 10000 rows/s",
        "seed: 20 of 50 businesses, 2000 transactions, 10000 rows/s",
    ]


def test_counts_are_those_of_the_brief() -> None:
    assert Counts() == Counts(products=30, customers=50, transactions=100)
