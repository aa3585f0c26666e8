"""Secrets are taken out of text by their name or their shape, and out of values by their key."""

import time

import pytest

from apps.core.redaction import REDACTED, is_secret, redact, redact_text

SECRET = "hunter2-x"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdef"


@pytest.mark.parametrize(
    "text",
    [
        f"password={SECRET}",
        f"old_password: {SECRET}, next",
        f'{{"password": "{SECRET} with spaces", "a": 1}}',
        f"{{'email': 'a@b.c', 'password': '{SECRET}\\'s', 'a': 1}}",
        f"{{'password': b'{SECRET}'}}",
        f'ValueError("{{\\"password\\": \\"{SECRET}\\"}}")',
        f"<QueryDict: {{'password': ['{SECRET}', '{SECRET}']}}>",
        f"password='{SECRET} that never ends",
        f"GET /login?token={SECRET}&next=/",
        f"Authorization: Bearer {SECRET}",
        f"the header was Basic {SECRET}",
        f"Cookie: sessionid={SECRET}; csrftoken={SECRET}",
        f"X-Api-Key: {SECRET}",
        f"could not connect to postgres://app:{SECRET}@db:5432/shop",
        f"{SECRET.upper()}_TOKEN = {SECRET}",
    ],
)
def test_a_secret_in_a_text_is_taken_out(text: str) -> None:
    redacted = redact_text(text)
    assert SECRET not in redacted
    assert REDACTED in redacted


def test_a_web_token_is_known_by_its_shape() -> None:
    assert redact_text(f"refused {JWT} today") == f"refused {REDACTED} today"


@pytest.mark.parametrize(
    "text",
    [
        "KeyError: 'password'",
        "mail to a@b.c about http://x/y@z",
        "basic setup",
        "DETAIL: (1, 2)",
        "টোকেন: ১২",
    ],
)
def test_a_text_without_a_secret_stays_as_it_is(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "piece", ["a-", "password=", "token", "password='", "://", "eyJ", 'password: "\\', "["]
)
def test_a_long_text_takes_time_in_proportion_to_its_length(piece: str) -> None:
    started = time.process_time()
    redact_text(piece * (300_000 // len(piece)))
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize(
    "name", ["password", "PASSWORD2", "refresh_token", "X-Api-Key", "Set-Cookie", "sessionid"]
)
def test_a_name_of_a_secret_is_known(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["email", "path", "status", "passage", "key"])
def test_another_name_is_none(name: str) -> None:
    assert not is_secret(name)


def test_values_are_redacted_by_their_key_however_deep() -> None:
    value = {"a": [{"token": [1, 2]}, ("secret=x", 3)], "password": {"old": "x"}, "n": None}
    assert redact(value) == {
        "a": [{"token": REDACTED}, [f"secret={REDACTED}", 3]],
        "password": REDACTED,
        "n": None,
    }


def test_a_value_without_end_ends() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert REDACTED in str(redact(endless))
