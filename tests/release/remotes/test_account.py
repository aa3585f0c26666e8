"""Where a service is, and its key: from the environment, and never shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from smctl.errors import WrongUse
from smctl.release.remotes.account import Account, account
from smctl.release.remotes.github import GitHub
from smctl.release.remotes.registry import Registry
from smctl.release.remotes.render import Render
from smctl.release.remotes.vercel import Vercel

KEY = "rnd_0123456789abcdef"


def _github(environ: Mapping[str, str]) -> GitHub:
    return GitHub.from_environment(environ, "owner/shop")


def _vercel(environ: Mapping[str, str]) -> Vercel:
    return Vercel.from_environment(environ, "shop")


@pytest.mark.parametrize(
    ("make", "variable"),
    [(Render.from_environment, "RENDER_API_KEY"), (_github, "GITHUB_TOKEN"), (_vercel, "VERCEL_TOKEN")],
)
def test_a_missing_key_is_wrong_use_and_names_its_variable(
    make: Callable[[Mapping[str, str]], object], variable: str
) -> None:
    for environ in ({}, {variable: "  "}):
        with pytest.raises(WrongUse) as caught:
            make(environ)
        assert variable in caught.value.message
        assert "https://" in caught.value.fix


@pytest.mark.parametrize(
    ("make", "variable", "url"),
    [
        (Render.from_environment, "RENDER_API_KEY", "https://api.render.com/v1"),
        (Registry.from_environment, "GITHUB_TOKEN", "Registry"),
        (_github, "GITHUB_TOKEN", "owner/shop"),
        (_vercel, "VERCEL_TOKEN", "shop"),
    ],
)
def test_a_client_shows_where_it_leads_and_not_its_key(
    make: Callable[[Mapping[str, str]], object], variable: str, url: str
) -> None:
    shown = repr(make({variable: KEY}))
    assert url in shown
    assert KEY not in shown


def test_another_host_comes_from_the_environment_without_a_slash_at_its_end() -> None:
    named = _account({"RENDER_API_URL": "http://127.0.0.1:9/render/v1/", "RENDER_API_KEY": f" {KEY}\n"})
    assert (named.url, named.key, named.host) == ("http://127.0.0.1:9/render/v1", KEY, "127.0.0.1:9")
    assert KEY not in repr(named)


@pytest.mark.parametrize(
    "url", ["http://api.render.com/v1", "http://10.0.0.1", "http://localhost.example.com"]
)
def test_a_key_goes_to_no_other_machine_in_the_clear(url: str) -> None:
    with pytest.raises(WrongUse) as caught:
        _account({"RENDER_API_URL": url, "RENDER_API_KEY": KEY})
    assert caught.value.code == "insecure_url"
    assert KEY not in str(caught.value.as_document())


@pytest.mark.parametrize(
    "url", ["api.render.com", "ftp://api.render.com", "https://", "http://127.0.0.1:port"]
)
def test_what_is_no_url_is_wrong_use(url: str) -> None:
    with pytest.raises(WrongUse, match="URL"):
        _account({"RENDER_API_URL": url, "RENDER_API_KEY": KEY})


@pytest.mark.parametrize("key", [f"{KEY} x", f"{KEY}\nX-Other: 1", "rnd_ä"])
def test_what_cannot_be_a_key_is_wrong_use_and_not_repeated(key: str) -> None:
    with pytest.raises(WrongUse) as caught:
        _account({"RENDER_API_KEY": key})
    assert caught.value.code == "wrong_key"
    assert key not in str(caught.value.as_document())


def test_a_proxy_that_cannot_be_used_is_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    with pytest.raises(WrongUse) as caught:
        Render.from_environment({"RENDER_API_KEY": KEY})
    assert caught.value.code == "wrong_proxy"
    assert "HTTPS_PROXY" in caught.value.fix


def _account(environ: Mapping[str, str]) -> Account:
    return account(
        environ,
        "Render",
        url="https://api.render.com/v1",
        url_variable="RENDER_API_URL",
        key_variable="RENDER_API_KEY",
        where="https://dashboard.render.com",
    )
