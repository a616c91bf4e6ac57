"""A quick selection of what `python -m tests.faults.run` does to clusters of its own, on the cluster that all tests share."""

from __future__ import annotations

import psutil
import pytest

from tests.cluster.conftest import Cluster
from tests.faults.drill import drill
from tests.faults.faults import Ground, Happening, fifty_wake_one, session_at_agent
from tests.faults.processes import Family


@pytest.mark.parametrize(
    "happen",
    [session_at_agent("router"), session_at_agent("sql_agent"), session_at_agent("viz_agent"), fifty_wake_one],
    ids=["session at router", "session at sql", "session at viz", "fifty callers"],
)
async def test_a_fault_in_mid_turn_loses_and_doubles_nothing(cluster: Cluster, happen: Happening) -> None:
    async with drill(cluster, Family([psutil.Process()])) as one:
        assert await happen(Ground(one)) > 0
        assert await one.violations() == []
        assert one.acknowledged
