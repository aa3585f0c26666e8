from typing import Any, ClassVar

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from rest_framework import serializers

from apps.auth.models import Business, BusinessType, User
from apps.auth.transport import Transport
from apps.core.api.serializers import StrictModelSerializer, StrictSerializer

LONGEST_PASSWORD = 128


class PasswordField(serializers.CharField):
    """Every character counts, and whoever sends a megabyte does not get it hashed."""

    def __init__(self, **options: Any) -> None:
        style = {"input_type": "password"}
        super().__init__(
            write_only=True, trim_whitespace=False, max_length=LONGEST_PASSWORD, style=style, **options
        )


class AskForTokens(StrictSerializer):
    token_transport = serializers.ChoiceField(
        Transport.choices,
        default=Transport.COOKIE,
        help_text="Where the refresh token goes: into an HttpOnly cookie, or into the body.",
    )


class LoginSerializer(AskForTokens):
    email = serializers.EmailField(max_length=254)
    password = PasswordField()


class SignupSerializer(AskForTokens):
    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    first_name = serializers.CharField(max_length=150)
    business_name = serializers.CharField(max_length=200)
    business_type = serializers.ChoiceField(BusinessType.choices, default=BusinessType.OTHER)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        person = User(email=attrs["email"], first_name=attrs["first_name"])
        refuse_weak(attrs["password"], person, field="password")
        return attrs


class PasswordSerializer(AskForTokens):
    old_password = PasswordField()
    new_password = PasswordField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_weak(attrs["new_password"], self.context["request"].user, field="new_password")
        return attrs


class PresentSerializer(StrictSerializer):
    refresh = serializers.CharField(
        required=False, help_text="The refresh token; left out by browsers, which have it in the cookie."
    )


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="For ten minutes: `Authorization: Bearer <access>`.")
    refresh = serializers.CharField(
        required=False, help_text="Only if it travels in the body. Good for one use, within seven days."
    )


class BusinessSerializer(StrictModelSerializer[Business]):
    class Meta:
        model = Business
        fields: ClassVar = ("id", "name", "type", "is_demo")
        read_only_fields: ClassVar = fields


class MeSerializer(StrictModelSerializer[User]):
    business = BusinessSerializer(read_only=True, allow_null=True)

    class Meta:
        model = User
        fields: ClassVar = ("id", "email", "first_name", "is_staff", "business")
        read_only_fields: ClassVar = ("id", "email", "is_staff")


def refuse_weak(password: str, person: User, *, field: str) -> None:
    """Raises: rest_framework.serializers.ValidationError, with what is wrong with the password."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise serializers.ValidationError({field: error.messages}, code="weak_password") from error
