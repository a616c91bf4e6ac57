from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHECK = ROOT / ".ci" / "dependencies"
LOCKED = dict(
    re.findall(r"^(\S+)==(\S+) --hash=sha256:[0-9a-f]{64}$", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
)


def check(*folders: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, CHECK, *folders], capture_output=True, text=True, check=False)


def test_every_dependency_is_locked_with_its_hash() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    names = {re.split(r"[\[<>=!~; ]", line)[0].replace("_", "-").lower() for line in wanted}
    assert names - LOCKED.keys() == set()


def test_every_licence_is_one_that_is_accepted() -> None:
    checked = check()
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("events", "affected"),
    [
        ([{"introduced": "0"}], True),
        ([{"introduced": "0"}, {"fixed": "0.1"}], False),
        ([{"introduced": "0"}, {"fixed": "9999"}], True),
        ([{"introduced": "9999"}], False),
        ([{"introduced": "0"}, {"last_affected": "0.1"}], False),
    ],
)
def test_a_known_vulnerability_of_a_locked_version_is_found(
    tmp_path: Path, events: list[dict[str, str]], affected: bool
) -> None:
    entry = {"package": {"ecosystem": "PyPI", "name": "Starlette"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    (tmp_path / "advisory.json").write_text(json.dumps({"id": "X-1", "summary": "bad", "affected": [entry]}))
    checked = check(tmp_path)
    assert checked.returncode == int(affected)
    assert (f"starlette {LOCKED['starlette']}: X-1 bad" in checked.stdout) is affected
