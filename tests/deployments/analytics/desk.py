"""Questions to small databases with the model inferred from them, down to the rows."""

from __future__ import annotations

import datetime as dt

from deployments.analytics.model.infer import infer_model
from deployments.analytics.workspace import Workspace
from deployments.contracts.agents import Context, ReadRequest
from deployments.contracts.answers import Cell
from tests.deployments.analytics.model.conftest import Opener

TODAY = dt.date(2023, 6, 15)


class Desk:
    """Asks questions of a small database, one after the other."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def rows(self, *messages: str) -> list[tuple[Cell, ...]]:
        """The rows of the last of a conversation's messages."""
        context = Context()
        for message in messages:
            reading = self.workspace.read(ReadRequest(text=message, context=context, as_of=TODAY))
            assert reading.query is not None, (message, reading.clarification)
            context = Context(query=reading.query)
            run = self.workspace.run(reading.query, TODAY)
        return [tuple(row) for row in run.result.rows]

    def refusal(self, message: str) -> str:
        """The words with which a question is not answered."""
        reading = self.workspace.read(ReadRequest(text=message, as_of=TODAY))
        assert reading.query is None
        assert reading.clarification is not None
        return reading.clarification.question


def desk(database: Opener, script: str) -> Desk:
    """A desk over a database made by the script, with the model that is inferred from it."""
    warehouse = database(script)
    return Desk(Workspace(warehouse, infer_model(warehouse)))
