"""Where a service elsewhere is, and the key that opens it, as the environment says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from smctl.errors import WrongUse


@dataclass(frozen=True)
class Account:
    """service: its name for people. url: without a slash at its end. key: never shown.

    variable: what the key is set by. where: the page on which one is made.
    """

    service: str
    url: str
    key: str = field(repr=False, default="")
    variable: str = ""
    where: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not _has_a_real_port(self.url):
            raise WrongUse("wrong_url", f"The URL of {self.service} is none: {self.url!r}.", fix="https://…")
        if self.key and parts.scheme == "http" and not is_loopback(parts.hostname):
            raise WrongUse(
                "insecure_url",
                f"{self.url} would get the key of {self.service} unencrypted.",
                fix="name its URL with https://",
            )
        if not self.key.isascii() or not self.key.isprintable() or " " in self.key:
            raise WrongUse(
                "wrong_key",
                f"{self.variable} is no key: it has characters that none has.",
                fix=f"copy it again: {self.where}",
            )

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc


def account(
    environ: Mapping[str, str], service: str, *, url: str, url_variable: str, key_variable: str, where: str
) -> Account:
    """The account that the environment names. url: where the service is unless `url_variable` says otherwise.

    Raises WrongUse, naming the variable that is missing.
    """
    key = environ.get(key_variable, "").strip()
    if not key:
        raise WrongUse(
            "key_missing",
            f"{service} needs a key, and {key_variable} is not set.",
            fix=f"make one ({where}) and export {key_variable}=…",
        )
    base = (environ.get(url_variable, "").strip() or url).rstrip("/")
    return Account(service, base, key, key_variable, where)


def _has_a_real_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether a host name, without port, is this machine."""
    return host in ("localhost", "::1") or host.startswith("127.")
