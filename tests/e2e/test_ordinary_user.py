"""As an ordinary user, without root's rights and without root's work-arounds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from smctl.stack.embedded import binaries
from tests.e2e.live import LiveStack
from tests.processes import REPOSITORY

USER = 54320  # in no password file, like the user of many a container


@pytest.mark.embedded
def test_an_ordinary_user_gets_the_same_stack(tmp_path: Path) -> None:
    python = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    if os.getuid() != 0 or not Path(python).exists():
        pytest.skip("needs root, to become somebody else, and a Python that everybody can run")
    # Below /tmp itself: pytest's own folders are closed to other users.
    folder = Path(f"/tmp/smctl-ordinary-{os.getpid()}")
    packages = folder / "packages"
    try:
        stack = LiveStack(folder / "shop")
        (folder / "home").mkdir()
        shutil.copytree(
            sysconfig.get_path("purelib"), packages, symlinks=True, ignore=shutil.ignore_patterns("*.pth")
        )
        shutil.copytree(
            REPOSITORY / "smctl", packages / "smctl", ignore=shutil.ignore_patterns("__pycache__")
        )
        (packages / "bin").mkdir(exist_ok=True)
        shutil.copy2(binaries.uv(), packages / "bin" / "uv")
        subprocess.run(["chown", "-R", f"{USER}:{USER}", str(folder)], check=True)
        environment = {
            "HOME": str(folder / "home"),
            "PATH": f"{packages / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": str(packages),
            "LANG": "C.UTF-8",
        }
        environment |= {key: value for key, value in os.environ.items() if key.startswith("SSL_CERT")}

        def smctl(*arguments: str) -> subprocess.CompletedProcess[str]:
            argv = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", python, "-m", "smctl"]
            return subprocess.run(
                [*argv, *arguments],
                cwd=stack.root,
                env=environment,
                capture_output=True,
                text=True,
                timeout=110,
            )

        up = smctl("up", "--engine", "embedded", "--json")
        assert up.returncode == 0, up.stdout + up.stderr
        assert stack.health().status == 200
        owners = {path.stat().st_uid for path in (stack.root / ".smctl" / "data" / "postgres").iterdir()}
        assert owners == {USER}
        assert smctl("down", "--volumes").returncode == 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)
