"""What the first call imports."""

from __future__ import annotations

import json
import subprocess
import sys

_FIRST_CALL = """
import json, sys
import actors.session, deployments.first_call
before = set(sys.modules)
from ray._private.worker import global_worker
from ray._private.serialization import SerializationContext
SerializationContext(global_worker)
print(json.dumps([sorted(set(sys.modules) - before), "pandas" in sys.modules]))
"""


def test_a_preloaded_worker_imports_nothing_more_to_serialize() -> None:
    done = subprocess.run([sys.executable, "-c", _FIRST_CALL], capture_output=True, text=True, check=True)
    later, pandas = json.loads(done.stdout)
    assert later == []
    assert not pandas
