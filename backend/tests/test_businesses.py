"""Who owns a shop, and what becomes of a shop and its people when one of them goes."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import RestrictedError
from django.test import Client

from apps.adminops.models import AuditLog
from apps.auth.models import Business, User
from apps.core.tenancy import scope
from apps.core.tenancy.scope import NoBusinessInScope
from tests.support.factories import make_shop
from tests.support.rows import TENANT_MODELS, make_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin@example.com"))
    return client


@pytest.mark.django_db(transaction=True)
def test_one_address_is_taken_once_by_however_many_at_the_same_moment() -> None:
    at_once = threading.Barrier(6)

    def sign_up(number: int) -> bool:
        address = "Rahim@Example.com" if number % 2 else "rahim@example.COM"
        at_once.wait(10)
        try:
            User.objects.bulk_create([User(email=address, password="!")])
        except IntegrityError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(at_once.parties) as pool:
        assert sum(pool.map(sign_up, range(at_once.parties))) == 1
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_owner_and_business_may_come_in_either_order_within_a_transaction() -> None:
    with transaction.atomic():
        owner = User.objects.create_user("first@example.com")
        owner.business = Business.objects.create(name="পদ্মা", user=owner)
        owner.save()
    assert owner.business and owner.business.user == owner
    with pytest.raises(IntegrityError, match="accounts_owner_is_member"):
        Business.objects.create(name="মেঘনা", user=owner)


def test_a_shop_is_handed_over_to_another_member(shop: Business) -> None:
    owner = shop.user
    heir = User.objects.create_user("heir@example.com", business=shop)
    shop.user = heir
    shop.full_clean()
    shop.save()
    assert owner
    owner.business = make_shop()
    owner.full_clean(exclude=["password"])
    owner.save()
    assert list(shop.members.all()) == [heir]


@pytest.mark.parametrize("new", [True, False])
def test_a_form_says_that_an_owner_has_to_be_a_member(
    new: bool, shop: Business, other_shop: Business
) -> None:
    business = Business(name="মেঘনা") if new else shop
    business.user = other_shop.user
    with pytest.raises(ValidationError, match="has to be a member") as refused:
        business.full_clean()
    assert refused.value.message_dict.keys() == {"user"}


def test_a_shop_may_be_without_an_owner(shop: Business) -> None:
    shop.user = None
    shop.full_clean()
    Business(name="মেঘনা").full_clean()


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_form_says_that_an_owner_cannot_leave(
    elsewhere: bool, shop: Business, other_shop: Business
) -> None:
    owner = User.objects.get(pk=shop.user.pk) if shop.user else User()
    owner.business = other_shop if elsewhere else None
    with pytest.raises(ValidationError, match="until somebody else owns it"):
        owner.full_clean(exclude=["password"])


def test_the_admin_says_so_too(admin: Client, shop: Business, other_shop: Business) -> None:
    page = admin.post(
        f"/admin/accounts/business/{shop.pk}/change/",
        {"name": shop.name, "type": shop.type, "user": other_shop.user_id},
    )
    assert "has to be a member" in page.content.decode()
    page = admin.post(
        f"/admin/accounts/user/{shop.user_id}/change/",
        {"email": "owner@example.com", "business": other_shop.pk, "is_active": "on"},
    )
    assert "until somebody else owns it" in page.content.decode()


def test_what_a_user_did_stays_known_when_the_user_goes(shop: Business) -> None:
    member = User.objects.create_user("karim@example.com", business=shop)
    with scope.working_for(shop.pk):
        AuditLog.objects.create(user=member, action="product.updated", resource_type="product")
        member.delete()
        assert AuditLog.objects.get().user is None


def test_a_shop_goes_only_after_its_owner_and_its_members(shop: Business) -> None:
    owner = shop.user
    assert owner
    with scope.every_business():
        for blocked in (shop, owner):
            with pytest.raises(RestrictedError):
                blocked.delete()
        Business.objects.filter(pk=shop.pk).update(user=None)
        shop.members.all().delete()
        Business.objects.get().delete()
    assert not Business.objects.exists()


def test_a_shop_that_goes_takes_all_its_rows_and_no_others(shop: Business, other_shop: Business) -> None:
    for model in TENANT_MODELS:
        make_row(model, shop)
        make_row(model, other_shop)
    with scope.every_business():
        Business.objects.filter(pk=shop.pk).update(user=None)
        shop.members.all().delete()
        shop.delete()
        for model in TENANT_MODELS:
            owners = set(model.objects.values_list("business_id", flat=True))
            assert owners == {other_shop.pk}, model


@pytest.mark.django_db(transaction=True)
def test_a_shop_never_goes_halfway_because_nobody_said_for_whom(shop: Business) -> None:
    rows = [make_row(model, shop) for model in TENANT_MODELS]
    with scope.every_business():
        Business.objects.update(user=None)
        shop.members.all().delete()
    with pytest.raises((IntegrityError, NoBusinessInScope)):
        shop.delete()
    with scope.every_business():
        assert all(type(row).objects.filter(pk=row.pk).exists() for row in rows)


def test_the_admin_deletes_no_shop(admin: Client, shop: Business) -> None:
    address = "/admin/accounts/business/"
    assert admin.post(f"{address}{shop.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in admin.get(address).content.decode()
    form = {"action": "delete_selected", "_selected_action": [shop.pk], "post": "yes"}
    admin.post(address, form)
    assert Business.objects.filter(pk=shop.pk).exists()


def test_the_admin_deletes_no_owner(admin: Client, shop: Business) -> None:
    page = admin.post(f"/admin/accounts/user/{shop.user_id}/delete/", {"post": "yes"})
    assert "Cannot delete user" in page.content.decode()
    assert Business.objects.get().user == shop.user
