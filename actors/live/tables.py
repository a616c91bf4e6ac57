"""The rows of a session's results, from the record and for a while in memory."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from actors.live.record import Record
from actors.turns.answers import inline
from deployments.contracts import snapshots
from deployments.contracts.answers import Answer, ResultTable
from deployments.contracts.errors import ResultExpired, ResultNotFound

_TABLES_KEPT = 4


class Tables:
    """Holds the few that were used last; the others are read when they are wanted."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._kept: OrderedDict[str, ResultTable] = OrderedDict()

    async def of(self, result_id: str) -> ResultTable:
        """The rows of a result. Raises ResultNotFound, ResultExpired, JournalUnavailable."""
        table = self._kept.get(result_id)
        if table is None:
            table = await asyncio.to_thread(snapshots.decode, await self._record.result(result_id))
        self.keep(result_id, table)
        return table

    def keep(self, result_id: str, table: ResultTable) -> None:
        """Hold the rows of a result; those used longest ago give way."""
        self._kept[result_id] = table
        self._kept.move_to_end(result_id)
        while len(self._kept) > _TABLES_KEPT:
            self._kept.popitem(last=False)

    async def complete(self, answer: Answer) -> Answer:
        """A recorded answer with the rows it was given with, as long as they are kept."""
        if answer.result_id is None:
            return answer
        try:
            table = await self.of(answer.result_id)
        except (ResultExpired, ResultNotFound):
            return answer
        return answer.model_copy(update={"data": inline(table)})
