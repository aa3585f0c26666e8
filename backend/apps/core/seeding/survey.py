"""What there is of the demo data, and what is missing."""

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils import timezone

from apps.auth.demo import DEMO_BUSINESSES, EMAIL_OF_NUMBER, NotADemoUser
from apps.core.seeding import keys
from apps.core.seeding.shop import Counts

INCOMPLETE = f"""
SELECT number, member.email, shop.id, shop.is_demo
FROM generate_series(1, %(users)s) AS number
LEFT JOIN accounts_user member ON member.email = {EMAIL_OF_NUMBER}
LEFT JOIN accounts_business shop ON shop.id = member.business_id
WHERE shop.is_demo IS NOT TRUE
   OR %(products)s > (SELECT count(*) FROM transactions_product
       WHERE business_id = shop.id AND sku BETWEEN %(first_sku)s AND %(last_sku)s)
   OR %(customers)s > (SELECT count(*) FROM transactions_customer
       WHERE business_id = shop.id AND phone BETWEEN
           {keys.phone_sql('number', '1')} AND {keys.phone_sql('number', '%(customers)s')})
   OR %(transactions)s > (SELECT count(*) FROM transactions_transaction
       WHERE business_id = shop.id AND idempotency_key BETWEEN %(first_sale)s AND %(last_sale)s)
ORDER BY number
"""

OPENED = f"SELECT min(created_at) FROM ({DEMO_BUSINESSES}) AS demo"


@dataclass(frozen=True)
class Gap:
    """Something is missing of this demo shop. business: its id; None where all of it is."""

    number: int
    business: int | None

    @property
    def is_new(self) -> bool:
        return self.business is None


def gaps(users: int, counts: Counts) -> list[Gap]:
    """Return what is missing of demo shops 1 to `users`.

    Raises:
        NotADemoUser: one of the addresses belongs to a real business.
    """
    with connection.cursor() as cursor:
        cursor.execute(INCOMPLETE, _parameters(users, counts))
        found = cursor.fetchall()
    for _, email, _, is_demo in found:
        if email is not None and not is_demo:
            raise NotADemoUser(email)
    return [Gap(number, business) for number, _, business, _ in found]


def as_of() -> date | None:
    """Return the day as of which the demo data was made; None where there is none.

    It is the day on which the first demo business was opened, by what is stored of it.
    """
    with connection.cursor() as cursor:
        cursor.execute(OPENED)
        (opened,) = cursor.fetchone()
    return timezone.localdate(opened) if opened else None


def _parameters(users: int, counts: Counts) -> dict[str, str | int]:
    return {
        "users": users,
        "products": counts.products,
        "customers": counts.customers,
        "transactions": counts.transactions,
        "first_sku": keys.sku(1),
        "last_sku": keys.sku(counts.products),
        "first_sale": keys.sale(1),
        "last_sale": keys.sale(counts.transactions),
    }
