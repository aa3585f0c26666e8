"""What is live and what was: the words that the floor `release` speaks in, whichever platform it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# The image of a commit: the tag is what ties the two together, in the registry and in a platform's records.
TAG = "sha-"
SHA = re.compile(r"[0-9a-f]{40}")


def image_of(repository: str, sha: str) -> str:
    """The image of a commit: repository:sha-<40 hex>."""
    return f"{repository}:{TAG}{sha}"


def sha_of(image: str) -> str:
    """The commit that an image's tag names, 40 hex digits; empty where it names none."""
    tag = image.partition("@")[0].rpartition(":")[2]
    sha = tag.removeprefix(TAG)
    return sha if tag.startswith(TAG) and SHA.fullmatch(sha) else ""


@dataclass(frozen=True)
class Service:
    """A service of the platform as it is stored there.

    image: what its next deploy runs unless that one names another. url: where it answers; empty for a worker.
    """

    id: str
    name: str
    kind: Literal["web", "worker", "other"]
    owner: str
    image: str
    url: str = ""
    auto_deploys: bool = False
    suspended: bool = False
    plan: str = ""


@dataclass(frozen=True)
class Deploy:
    """One deploy of one service.

    status: the platform's own word, also one that is not known here. trigger: as well. image: what it runs,
    with its tag or digest; empty where the platform does not say. finished_at: None while it goes on.
    """

    id: str
    status: str
    trigger: str
    image: str
    created_at: datetime
    finished_at: datetime | None = None

    @property
    def sha(self) -> str:
        return sha_of(self.image)

    @property
    def ended(self) -> bool:
        """Nothing more comes of it. A status that is not known here goes on."""
        return self.status in SUCCEEDED | FAILED

    @property
    def succeeded(self) -> bool:
        """It is live, or was until another one took its place."""
        return self.status in SUCCEEDED


# Of https://api-docs.render.com, deployStatus; "deactivated" was live until the next one was.
SUCCEEDED = {"live", "deactivated"}
FAILED = {"build_failed", "pre_deploy_failed", "update_failed", "canceled"}
