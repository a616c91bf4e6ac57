from __future__ import annotations

import subprocess
import sys

SESSION = """
import sys
import actors.session
from deployments.contracts import snapshots
from deployments.contracts.answers import ResultColumn, ResultTable
table = ResultTable(columns=(ResultColumn(name="a", label="a", type="text"),), rows=[("x",)])
assert list(snapshots.decode(snapshots.encode(table)).rows) == [("x",)]
heavy = {"pandas", "duckdb", "sqlglot", "sqlalchemy", "statsmodels", "deployments.metrics"} & sys.modules.keys()
assert not heavy, heavy
import pandas
print(len(pandas.DataFrame({"a": [1, 2]})))
"""


def test_a_sessions_process_loads_no_library_that_only_agents_need() -> None:
    done = subprocess.run([sys.executable, "-c", SESSION], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("2\n", 0), done.stderr
