from __future__ import annotations

import csv
import io

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.api.conftest import SESSIONS, problem


@pytest.fixture
async def path(client: httpx.AsyncClient, session_id: str) -> str:
    asked = await client.post(f"{SESSIONS}/{session_id}/messages", json={"message": "revenue by country"})
    return f"{SESSIONS}/{session_id}/results/{asked.json()['result_id']}"


async def test_rows_come_in_pages(client: httpx.AsyncClient, path: str) -> None:
    first = (await client.get(path, params={"limit": 2})).json()
    rest = (await client.get(path, params={"limit": 2, "offset": 2})).json()
    beyond = (await client.get(path, params={"offset": 50})).json()
    assert first["columns"] == ["country", "revenue"]
    assert first["rows"] + rest["rows"] == [["US", 150.5], ["DE", 20.0], [None, None]]
    assert (first["row_count"], first["truncated"], first["offset"], first["limit"]) == (3, False, 0, 2)
    assert beyond["rows"] == []
    assert first["column_details"][1]["unit"] == "USD"


async def test_all_rows_are_a_csv_file(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path, params={"format": "csv"})
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == f'attachment; filename="{path.rsplit("/", 1)[1]}.csv"'
    assert list(csv.reader(io.StringIO(response.text))) == [
        ["country", "revenue"],
        ["US", "150.50"],
        ["DE", "20.00"],
        ["", ""],
    ]


async def test_all_rows_are_a_parquet_and_an_arrow_file(client: httpx.AsyncClient, path: str) -> None:
    parquet = pq.read_table(io.BytesIO((await client.get(path, params={"format": "parquet"})).content))
    arrow = pa.ipc.open_stream((await client.get(path, params={"format": "arrow"})).content).read_all()
    assert parquet.to_pylist() == arrow.to_pylist()
    assert parquet.column("country").to_pylist() == ["US", "DE", None]
    assert str(parquet.column("revenue").to_pylist()[0]) == "150.50"


async def test_a_result_without_a_drawn_chart_says_so(client: httpx.AsyncClient, path: str) -> None:
    problem(await client.get(f"{path}/chart"), 406, "not_acceptable")
