"""Where a project's production is: [deploy] of smctl.toml, and what the environment says instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smctl.errors import WrongUse
from smctl.project.config import DeployTable
from smctl.release import model

OWNER = "OWNER"  # in the image's name until somebody fills it in


@dataclass(frozen=True)
class Target:
    """name: of the platform. repository: of the image, without a tag. url: of the API, without a / at its
    end. remote: git's name or address of the repository that deploys. branch: the one that it deploys.
    """

    name: str
    repository: str
    url: str
    remote: str
    branch: str

    def image(self, sha: str) -> str:
        return model.image_of(self.repository, sha)


def of(deploy: DeployTable, environ: Mapping[str, str]) -> Target:
    """SMCTL_DEPLOY_IMAGE, _URL and _REMOTE stand above smctl.toml, so that a rehearsal changes no file.

    Raises WrongUse where the image still has no owner.
    """
    repository = environ.get("SMCTL_DEPLOY_IMAGE") or deploy.image
    if OWNER in repository.split("/"):
        raise WrongUse(
            "no_image",
            f"deploy.image in smctl.toml is still {repository}.",
            why="the images of this project need a home",
            fix="write your GitHub name for OWNER, in lower case; to try without: smctl rehearse up",
        )
    return Target(
        deploy.target,
        repository.lower(),
        (environ.get("SMCTL_DEPLOY_URL") or deploy.url).rstrip("/"),
        environ.get("SMCTL_DEPLOY_REMOTE") or "origin",
        deploy.branch,
    )
