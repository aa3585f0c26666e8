"""Who may log in, and for which business."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from apps.auth.constraints import OwnerIsMember
from apps.auth.managers import UserManager
from apps.core.constraints import one_of
from apps.core.models import TimeStamped


class BusinessType(models.TextChoices):
    GROCERY = "grocery", "Grocery"
    PHARMACY = "pharmacy", "Pharmacy"
    CLOTHING = "clothing", "Clothing"
    ELECTRONICS = "electronics", "Electronics"
    RESTAURANT = "restaurant", "Restaurant"
    OTHER = "other", "Other"


class Business(TimeStamped):
    """A shop: the tenant that owns every other row."""

    name = models.CharField(max_length=200)
    type = models.CharField(max_length=20, choices=BusinessType.choices, default=BusinessType.OTHER)
    # The owner. Nullable because owner and business refer to each other and one of them comes first.
    user = models.ForeignKey(
        "accounts.User", on_delete=models.RESTRICT, null=True, blank=True, related_name="owned_businesses"
    )
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "businesses"
        constraints: ClassVar = [
            one_of("type", BusinessType, name="accounts_business_type"),
            OwnerIsMember(name="accounts_owner_is_member"),
        ]

    def __str__(self) -> str:
        return self.name


class User(AbstractBaseUser, PermissionsMixin, TimeStamped):
    """A person who logs in with an e-mail address."""

    email = models.EmailField(unique=True)
    password = models.CharField("password", max_length=128, db_column="password_hash")
    first_name = models.CharField(max_length=150, blank=True)
    business = models.ForeignKey(
        Business, on_delete=models.RESTRICT, null=True, blank=True, related_name="members"
    )
    is_staff = models.BooleanField(default=False, help_text="May use the admin site.")
    is_active = models.BooleanField(default=True, help_text="May log in.")

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            # `unique` on the field is what Django demands of a user name; this ignores the case as well.
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_unique",
                violation_error_message="A user with this e-mail address exists.",
            ),
            # What `OwnerIsMember` refers to.
            models.UniqueConstraint(fields=["id", "business"], name="accounts_user_of_business"),
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        super().clean()
        self.email = User.objects.normalize_email(self.email)
        if self.pk and any(owned.pk != self.business_id for owned in self.owned_businesses.all()):
            raise ValidationError("An owner stays in the business until somebody else owns it.")
