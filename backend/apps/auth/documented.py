"""What the API's documentation says of each operation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from apps.auth.serializers import (
    LoginSerializer,
    MeSerializer,
    PasswordSerializer,
    PresentSerializer,
    SignupSerializer,
    TokensSerializer,
)
from apps.auth.transport import COOKIE
from apps.core.api.schema import refused

ACCESS = "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIn0.c2lnbmF0dXJl"
REFRESH = "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnbmF0dXJl"
CREDENTIALS = {"email": "rahim@example.com", "password": "ilish-bhapa-71"}
SHOP = {"first_name": "রহিম", "business_name": "রহিম স্টোর", "business_type": "grocery"}
ME = {
    "id": 7,
    "email": "rahim@example.com",
    "first_name": "রহিম",
    "is_staff": False,
    "business": {"id": 3, "name": "রহিম স্টোর", "type": "grocery", "is_demo": False},
}
IN_BODY = {"token_transport": "body"}


def sent(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def received(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


def tokens(status: int = 200) -> list[OpenApiExample]:
    return [
        received("A browser; the refresh token is in the cookie", {"access": ACCESS}, status),
        received("Another client", {"access": ACCESS, "refresh": REFRESH}, status),
    ]


cookie = OpenApiParameter(
    COOKIE, str, OpenApiParameter.COOKIE, description="The refresh token of a browser; it sends it by itself."
)
presented = [sent("A browser", {}), sent("Another client", {"refresh": REFRESH})]
not_a_token = refused("token_not_valid", "Token is invalid or expired")
foreign_origin = refused(
    "foreign_origin", "The cookie counts only on a page of this site or of its frontend."
)

signup = extend_schema(
    operation_id="auth_signup",
    request=SignupSerializer,
    responses={
        201: TokensSerializer,
        400: refused(
            "invalid",
            "Some of the values sent are not valid.",
            {"password": ["This password is too common."]},
        ),
        409: refused("address_taken", "No account can be made with this e-mail address."),
    },
    examples=[
        sent("A browser", {**CREDENTIALS, **SHOP}),
        sent("Another client", {**CREDENTIALS, **SHOP, **IN_BODY}),
        *tokens(201),
    ],
)

login = extend_schema(
    operation_id="auth_login",
    request=LoginSerializer,
    responses={
        200: TokensSerializer,
        401: refused("wrong_credentials", "There is no such address with this password."),
    },
    examples=[sent("A browser", CREDENTIALS), sent("Another client", {**CREDENTIALS, **IN_BODY}), *tokens()],
)

refresh = extend_schema(
    operation_id="auth_refresh",
    description=(
        "Exchange a refresh token for an access token and the next refresh token, which travels the way the "
        "first one came. Whoever sends a token that was exchanged within the last thirty seconds, as two "
        "tabs do or a client that lost the answer, gets the same next token. A token that was exchanged "
        "before that ends all sessions of its user: it is in two hands."
    ),
    request=PresentSerializer,
    parameters=[cookie],
    responses={200: TokensSerializer, 401: not_a_token, 403: foreign_origin},
    examples=[*presented, *tokens()],
)

logout = extend_schema(
    operation_id="auth_logout",
    request=PresentSerializer,
    parameters=[cookie],
    responses={
        204: OpenApiResponse(description="The session is over, or there was none."),
        403: foreign_origin,
    },
    examples=presented,
)

me = extend_schema(operation_id="auth_me", responses=MeSerializer, examples=[received("A shopkeeper", ME)])

me_update = extend_schema(
    operation_id="auth_me_update",
    request=MeSerializer,
    responses=MeSerializer,
    examples=[sent("Another name", {"first_name": "রহিম"}), received("A shopkeeper", ME)],
)

password = extend_schema(
    operation_id="auth_password_change",
    request=PasswordSerializer,
    responses={
        200: TokensSerializer,
        400: refused(
            "invalid",
            "Some of the values sent are not valid.",
            {"old_password": ["This is not your password."]},
        ),
    },
    examples=[
        sent("A browser", {"old_password": "ilish-bhapa-71", "new_password": "shorshe-ilish-72"}),
        *tokens(),
    ],
)
