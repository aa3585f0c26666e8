"""What keeps somebody logged in: refresh tokens, each good for one use.

A session is a family of tokens. Login makes the first, named "<family>-0"; using "-0" up makes "-1", and
only the newest of a family is good. simplejwt's two tables hold which tokens are out (`OutstandingToken`) and
which are used up (`BlacklistedToken`); the tokens themselves are not stored, so that a dump of the database
logs nobody in. A token is a function of its row and its user, and can be signed again.

Two tabs, or a telephone that lost the answer and asks again, use one token twice within moments. The first to
come uses it up, and for GRACE whoever comes after gets the very token that the first one got. There is still
one newest token, so a thief who was as fast shares it with its owner, and the one of them who is later at the
next use is found out: a token that was used up longer ago than GRACE, in a family that is still alive, is in
two hands, and all sessions of its user end.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import datetime_to_epoch, get_md5_hash_password

from apps.auth import trail
from apps.auth.models import User

logger = logging.getLogger(__name__)

GRACE = timedelta(seconds=30)
"""As long as a browser or a telephone may take to notice that an answer is lost; Okta's default, too."""


USER: str = api_settings.USER_ID_CLAIM
PASSWORD: str = api_settings.REVOKE_TOKEN_CLAIM


@dataclass(frozen=True)
class Tokens:
    access: str
    refresh: str


class SessionToken(RefreshToken):
    """simplejwt's refresh token, made from its row and checked against it under a lock, in `_use`."""

    @classmethod
    def of(cls, user: User, row: OutstandingToken) -> Self:
        token = cls()
        token["jti"], token["exp"] = row.jti, datetime_to_epoch(row.expires_at)
        token["iat"] = datetime_to_epoch(row.expires_at - api_settings.REFRESH_TOKEN_LIFETIME)
        token[USER], token[PASSWORD] = str(user.pk), get_md5_hash_password(user.password)
        return token

    @property
    def family(self) -> str:
        return str(self["jti"]).rpartition("-")[0]

    @property
    def number(self) -> int:
        return int(str(self["jti"]).rpartition("-")[2])

    def check_blacklist(self) -> None:
        """Not yet: another request could use the token up in between."""


def begin(user: User) -> Tokens:
    """Log the user in, and return the first tokens of a new session."""
    now = timezone.now()
    User.objects.filter(pk=user.pk).update(last_login=now)
    return _tokens(user, _issue(user, f"{uuid4().hex}-0", now))


def renew(raw: str) -> Tokens:
    """Use the refresh token up, and return the next ones.

    Raises:
        InvalidToken: it is forged or expired, its session is over, the password changed, the user may not
            log in, or somebody else used it up; in the last case all sessions of its user are over now.
    """
    token = _read(raw)
    with transaction.atomic():
        tokens = _use(token) if token else None
    # Raised out here: inside, it would roll back the end of the sessions.
    if tokens is None:
        raise InvalidToken
    return tokens


def end(raw: str) -> None:
    """Log out: nobody continues this session. A token that means nothing has no session to end."""
    token = _read(raw)
    if token is None:
        return
    with transaction.atomic():
        user = _locked_user(token)
        newest = _newest(user, token.family) if user else None
        if newest is not None:
            BlacklistedToken.objects.get_or_create(token=newest)


def end_all(user: User) -> None:
    """End every session of the user, whose row the caller has locked. Access tokens live on for minutes."""
    live = OutstandingToken.objects.filter(user=user, blacklistedtoken=None)
    BlacklistedToken.objects.bulk_create(
        [BlacklistedToken(token=token) for token in live], ignore_conflicts=True
    )


def _read(raw: str) -> SessionToken | None:
    try:
        return SessionToken(raw)  # type: ignore[arg-type]
    except TokenError:
        return None


def _use(token: SessionToken) -> Tokens | None:
    user = _locked_user(token)
    newest = _newest(user, token.family) if user else None
    if user is None or newest is None or hasattr(newest, "blacklistedtoken"):
        return None
    now = timezone.now()
    if newest.jti == token["jti"]:
        BlacklistedToken.objects.create(token=newest)
        newest = _issue(user, f"{token.family}-{token.number + 1}", now)
    elif not _used_since(token, now - GRACE):
        _stop_thief(user)
        return None
    return _tokens(user, newest)


def _locked_user(token: SessionToken) -> User | None:
    """Return the token's user unless it is worthless; whoever else is about the user's tokens waits."""
    user = User.objects.select_for_update(no_key=True).filter(pk=token[USER], is_active=True).first()
    return user if user and token.get(PASSWORD) == get_md5_hash_password(user.password) else None


def _newest(user: User, family: str) -> OutstandingToken | None:
    rows = OutstandingToken.objects.filter(user=user, jti__startswith=f"{family}-")
    return rows.select_related("blacklistedtoken").order_by("-id").first()


def _used_since(token: SessionToken, moment: datetime) -> bool:
    return BlacklistedToken.objects.filter(token__jti=token["jti"], blacklisted_at__gte=moment).exists()


def _stop_thief(user: User) -> None:
    end_all(user)
    logger.warning("A used refresh token of user %s came back; all sessions of the user end.", user.pk)
    trail.note("user.sessions_ended", user, reason="A used refresh token came back.")


def _issue(user: User, jti: str, now: datetime) -> OutstandingToken:
    """Return the row of a new token. Expired ones go, so the tables hold a week and not all of history."""
    OutstandingToken.objects.filter(user=user, expires_at__lte=now).delete()
    return OutstandingToken.objects.create(
        user=user, jti=jti, created_at=now, expires_at=now + api_settings.REFRESH_TOKEN_LIFETIME
    )


def _tokens(user: User, row: OutstandingToken) -> Tokens:
    token = SessionToken.of(user, row)
    return Tokens(access=str(token.access_token), refresh=str(token))
