from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from tests.faults.processes import Family, end, lives


def test_a_family_knows_its_own_and_whom_it_has_seen_and_no_one_else() -> None:
    program = "import subprocess, sys; subprocess.Popen(['sleep', '3607']); sys.stdin.read()"
    ours, theirs = (subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) for _ in range(2))
    family, other = Family([psutil.Process(ours.pid)]), Family([psutil.Process(theirs.pid)])
    while not (family.named("sleep 3607") and other.named("sleep 3607")):
        pass
    (orphan,) = family.named("sleep 3607")
    end([psutil.Process(ours.pid)])
    assert family.named("sleep 3607") == [orphan]
    assert family.kill("sleep 3607") == 1
    assert not lives(orphan)
    with pytest.raises(LookupError):
        family.kill("sleep 3607")
    assert len(other.named("sleep 3607")) == 1
    end(other.all())
    for started in (ours, theirs):
        started.communicate()
