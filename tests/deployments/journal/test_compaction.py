from __future__ import annotations

import pytest

from deployments.contracts.errors import ResultExpired
from deployments.contracts.journal import Append, Retention
from deployments.journal.compaction import compact
from deployments.journal.store import Journal
from tests.deployments.journal.test_store import do, new_session
from tests.deployments.journal.turns import answered, received


def test_rows_beyond_those_to_be_kept_go_and_their_space_with_them(url: str) -> None:
    journal = Journal.open(url)
    new_session(journal, "sess-1")
    do(journal, journal.activate("sess-1"))
    for number in range(4):
        turn = (received(str(number)), answered(str(number)))
        request = Append(
            session_id="sess-1",
            epoch=1,
            sequence=1 + 2 * number,
            events=turn,
            snapshots={f"res-{number}": bytes([number]) * 300_000},
        )
        do(journal, journal.append(request))
    before, after = compact(journal, Retention(results=2))
    assert do(journal, journal.result("sess-1", "res-3")) == bytes([3]) * 300_000
    with pytest.raises(ResultExpired):
        do(journal, journal.result("sess-1", "res-0"))
    assert len(do(journal, journal.activate("sess-1")).events) == 9
    if journal.engine.dialect.name == "sqlite":
        assert before - after > 500_000
    else:
        assert before >= after
    journal.close()
