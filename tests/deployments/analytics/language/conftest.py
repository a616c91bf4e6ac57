"""The language core over the small shop, whose values are read from a real database."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from deployments.analytics.language.reader import Reader
from deployments.analytics.model.source import load_model
from deployments.analytics.warehouse.connect import open_warehouse
from deployments.contracts.agents import Context, Reading, ReadRequest
from deployments.contracts.answers import Cell
from deployments.contracts.query import AnalyticQuery
from tests.fixtures.bikes import TABLES
from tests.fixtures.retail import MODEL, ROWS, SCHEMA

TODAY = dt.date(2026, 3, 10)


class Shop:
    """Reads questions to the small shop, alone or as a conversation."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def read(self, question: str, context: Context | None = None) -> Reading:
        """One message."""
        return self.reader.read(ReadRequest(text=question, context=context or Context(), as_of=TODAY))

    def query(self, *messages: str, rows: tuple[tuple[Cell, ...], ...] = ()) -> AnalyticQuery:
        """The query after the messages, each of which must give one. `rows` are what was shown before the last."""
        context = Context()
        for message in messages:
            reading = self.read(message, context)
            assert reading.query is not None, (message, reading.clarification)
            context = Context(query=reading.query, rows=rows)
        assert context.query is not None
        return context.query

    def refused(self, question: str) -> str:
        """The code with which a question is not answered."""
        reading = self.read(question)
        assert reading.query is None
        assert reading.clarification is not None
        return reading.clarification.code


@pytest.fixture(scope="session")
def bikes(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The bike rental, whose model is inferred and so knows what its columns hold."""
    path = tmp_path_factory.mktemp("bikes") / "bikes.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    warehouse = open_warehouse(str(path))
    try:
        return Shop(Reader(load_model(warehouse), warehouse))
    finally:
        warehouse.close()


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    path = tmp_path_factory.mktemp("shop") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCHEMA)
        connection.execute(ROWS)
    warehouse = open_warehouse(str(path))
    try:
        return Shop(Reader(MODEL, warehouse))
    finally:
        warehouse.close()
