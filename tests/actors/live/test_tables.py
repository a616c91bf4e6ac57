from __future__ import annotations

from actors.live.record import Record
from actors.live.tables import _TABLES_KEPT, Tables
from deployments.contracts import snapshots
from deployments.contracts.answers import Answer, Intent, ResultTable
from deployments.contracts.errors import ResultExpired
from deployments.contracts.events import SessionCreated, encode_event
from deployments.contracts.journal import Activation
from tests.actors.agents import COLUMNS, ROWS
from tests.deployments.journal.turns import AT

TABLE = ResultTable(COLUMNS, ROWS)


class Shelf:
    """A journal that holds rows of any result but the expired one, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def result(self, session_id: str, result_id: str) -> bytes:
        self.asked.append(result_id)
        if result_id == "res-expired":
            raise ResultExpired()
        return snapshots.encode(TABLE)


def tables_over(shelf: Shelf) -> Tables:
    created = SessionCreated(session_id="sess-1", tenant_id="acme", user_id="ann", at=AT)
    taken = Activation(epoch=1, sequence=1, record=(encode_event(created),))
    return Tables(Record("sess-1", taken, shelf))  # type: ignore[arg-type]  # rows are all that is asked of it


async def test_the_rows_used_last_are_read_once_and_others_again() -> None:
    shelf = Shelf()
    tables = tables_over(shelf)
    for number in range(_TABLES_KEPT):
        assert list((await tables.of(f"res-{number}")).rows) == ROWS
    await tables.of("res-0")
    assert len(shelf.asked) == _TABLES_KEPT
    tables.keep("res-new", TABLE)  # res-1 was used longest ago
    await tables.of("res-0")
    await tables.of("res-1")
    assert shelf.asked[_TABLES_KEPT:] == ["res-1"]


async def test_an_answer_whose_rows_have_expired_is_given_without_them() -> None:
    tables = tables_over(Shelf())
    told = Answer(success=True, intent=Intent.SQL_QUERY, response="3 countries.", message_id="m1", turn_id="turn-1")
    whole = await tables.complete(told.model_copy(update={"result_id": "res-1"}))
    assert whole.data is not None
    assert list(whole.data.rows) == ROWS
    assert (await tables.complete(told.model_copy(update={"result_id": "res-expired"}))).data is None
