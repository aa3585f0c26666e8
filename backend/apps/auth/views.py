"""Logging in, staying logged in, logging out, and who one is."""

from typing import Any

from rest_framework import status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication

from apps.auth import documented, services, sessions, throttles, transport
from apps.auth.models import User
from apps.auth.serializers import (
    LoginSerializer,
    MeSerializer,
    PasswordSerializer,
    PresentSerializer,
    SignupSerializer,
)
from apps.core import actor
from apps.core.actor import Actor
from apps.core.api.views import TenantViewMixin


class OpenView(APIView):
    """For those who have no access token: an old one that they send all the same is not looked at."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def perform_authentication(self, request: Request) -> None:
        actor.enter(Actor(None, BaseThrottle().get_ident(request)))

    def get_authenticate_header(self, request: Request) -> str:
        """Without it REST framework would make every 401 a 403."""
        return JWTAuthentication().authenticate_header(request)


class SignupView(OpenView):
    throttle_classes = (throttles.SignupByAddress,)

    @documented.signup
    def post(self, request: Request) -> Response:
        """Make an account with a business of its own, and log in."""
        asked = _asked(SignupSerializer(data=request.data))
        carrier = asked.pop("token_transport")
        user = services.signup(**asked)
        return transport.answer(sessions.begin(user), carrier, status=status.HTTP_201_CREATED)


class LoginView(OpenView):
    throttle_classes = (throttles.LoginByAddress, throttles.LoginByAccount)

    @documented.login
    def post(self, request: Request) -> Response:
        """Log in with an e-mail address and a password."""
        asked = _asked(LoginSerializer(data=request.data))
        carrier = asked.pop("token_transport")
        user = services.user_by_credentials(**asked)
        throttles.login_succeeded(user)
        return transport.answer(sessions.begin(user), carrier)


class RefreshView(OpenView):
    throttle_classes = (throttles.RefreshByAddress,)

    @documented.refresh
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for an access token and the next refresh token."""
        asked = _asked(PresentSerializer(data=request.data))
        token, carrier = transport.presented(request, asked.get("refresh"))
        return transport.answer(sessions.renew(token), carrier)


class LogoutView(OpenView):
    throttle_classes = (throttles.RefreshByAddress,)

    @documented.logout
    def post(self, request: Request) -> Response:
        """End the session. Doing so again, or without one, is fine."""
        asked = _asked(PresentSerializer(data=request.data))
        token, carrier = transport.presented(request, asked.get("refresh"))
        sessions.end(token)
        response = Response(status=status.HTTP_204_NO_CONTENT)
        if carrier == transport.Transport.COOKIE:
            transport.forget_cookie(response)
        return response


class MeView(TenantViewMixin, APIView):
    permission_classes = (IsAuthenticated,)

    @documented.me
    def get(self, request: Request) -> Response:
        """Tell who is logged in, and for which business."""
        return Response(MeSerializer(_user(request)).data)

    @documented.me_update
    def patch(self, request: Request) -> Response:
        """Change the name."""
        user = _user(request)
        changes = _asked(MeSerializer(user, data=request.data, partial=True))
        return Response(MeSerializer(services.user_update(user, **changes)).data)


class PasswordView(TenantViewMixin, APIView):
    permission_classes = (IsAuthenticated,)
    throttle_classes = (throttles.PasswordByAccount,)

    @documented.password
    def post(self, request: Request) -> Response:
        """Change the password. Everywhere else the user is logged out at once; here new tokens come back."""
        asked = _asked(PasswordSerializer(data=request.data, context={"request": request}))
        carrier = asked.pop("token_transport")
        user = services.password_change(_user(request), **asked)
        throttles.login_succeeded(user)
        return transport.answer(sessions.begin(user), carrier)


def _asked(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _user(request: Request) -> User:
    assert isinstance(request.user, User)  # IsAuthenticated has seen to it.
    return request.user
