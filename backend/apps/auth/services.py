"""What changes users and their businesses. Every change is in the audit log, in its transaction."""

from dataclasses import replace
from typing import Any

from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction
from rest_framework.exceptions import AuthenticationFailed, ValidationError

from apps.auth import sessions, trail
from apps.auth.models import Business, User
from apps.core import actor
from apps.core.api.refusals import Conflict


class WrongCredentials(AuthenticationFailed):
    """One answer for an unknown address, a wrong password and somebody who may not log in."""

    default_code = "wrong_credentials"
    default_detail = "There is no such address with this password."


class AddressTaken(Conflict):
    default_code = "address_taken"
    default_detail = "No account can be made with this e-mail address."


def user_by_credentials(*, email: str, password: str) -> User:
    """Return who has this address and password.

    Django hashes the password even where there is nobody to compare it with, so the time tells nothing.

    Raises:
        WrongCredentials: nobody, or not any more.
    """
    user = authenticate(username=email, password=password)
    if not isinstance(user, User):
        raise WrongCredentials
    return user


def signup(*, email: str, password: str, first_name: str, business_name: str, business_type: str) -> User:
    """Return a new user, who owns a new business and acts from now on.

    That an address has an account already shows, because a signup that works logs in at once, and hiding it
    would take an e-mail to confirm, which this project cannot send. What is left: the answer comes only to a
    request that is valid otherwise, takes as long as a signup that works, and is throttled by address.

    Raises:
        AddressTaken: somebody has the address.
    """
    user = User(email=User.objects.normalize_email(email), first_name=first_name)
    # Before the transaction, because it takes a third of a second.
    user.set_password(password)
    with transaction.atomic():
        user.business = business = Business.objects.create(name=business_name, type=business_type)
        _save_new(user)
        business.user = user
        business.save(update_fields=["user", "updated_at"])
        actor.enter(replace(actor.current(), user_id=user.pk))
        trail.note("user.signed_up", user)
    return user


def _save_new(user: User) -> None:
    try:
        user.save()
    except IntegrityError as error:
        raise AddressTaken from error


@transaction.atomic
def user_update(user: User, **values: Any) -> User:
    """Change the fields named and return the user."""
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=[*values, "updated_at"])
    trail.note("user.updated", user, changed=sorted(values))
    return user


def password_change(user: User, *, old_password: str, new_password: str) -> User:
    """Change the password and return the user. All sessions and all tokens from before are worthless.

    Raises:
        ValidationError: the old password is another.
    """
    if not user.check_password(old_password):
        raise ValidationError({"old_password": ["This is not your password."]}, code="wrong_password")
    user.set_password(new_password)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        user.save(update_fields=["password", "updated_at"])
        sessions.end_all(user)
        trail.note("user.password_changed", user)
    return user
