from __future__ import annotations

import asyncio
from pathlib import Path

import duckdb
import pytest

from deployments.contracts.errors import InvalidQuery, SettingError
from deployments.contracts.limits import Limits
from deployments.tenants import TenantData, Tenants, TenantsArgs, read_tenants


def warehouse(path: Path) -> str:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE things AS SELECT 1 AS id, 'a' AS name")
    return str(path)


def test_a_file_names_tenants_and_its_paths_are_its_own_folders(tmp_path: Path) -> None:
    file = tmp_path / "tenants.yaml"
    file.write_text(
        "acme: {data: acme.duckdb, model: acme.yaml}\nbrine: {data: /data/brine.duckdb}\nshow: {data: demo}\n"
    )
    assert read_tenants(file) == {
        "acme": TenantData(data=str(tmp_path / "acme.duckdb"), model=str(tmp_path / "acme.yaml")),
        "brine": TenantData(data="/data/brine.duckdb"),
        "show": TenantData(data="demo"),
    }


@pytest.mark.parametrize("text", ["- acme", "acme: 7", "acme: {date: x}", "acme: {data: [x]}", "a: {", "acme"])
def test_a_file_of_something_else_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tenants.yaml"
    file.write_text(text)
    with pytest.raises(SettingError, match="is not a file of tenants") as refused:
        read_tenants(file)
    assert "\n" not in refused.value.detail
    with pytest.raises(SettingError, match="cannot be read"):
        read_tenants(tmp_path / "none.yaml")


async def test_each_tenant_has_its_own_data_and_those_not_named_share_the_default(tmp_path: Path) -> None:
    mine, everyones = (warehouse(tmp_path / f"{name}.duckdb") for name in ("mine", "everyones"))
    tenants = Tenants(TenantsArgs(default=TenantData(data=everyones), tenants={"acme": TenantData(data=mine)}))
    acme = await tenants.agents("acme")
    assert acme is await tenants.agents("acme")
    other = await tenants.agents("other")
    assert acme is not other
    assert other is await tenants.agents("another")
    assert other is await tenants.default()


async def test_a_tenants_engine_keeps_the_limits_that_are_set(tmp_path: Path) -> None:
    args = TenantsArgs(default=TenantData(data=warehouse(tmp_path / "a.duckdb")), limits=Limits(memory_mb=100))
    agents = await Tenants(args).default()
    ((memory,),) = agents._workspace.warehouse.query("SELECT current_setting('memory_limit')")
    assert memory == "95.3 MiB"


async def test_a_query_that_takes_all_memory_of_a_tenant_takes_none_of_anothers(tmp_path: Path) -> None:
    named = {tenant: TenantData(data=warehouse(tmp_path / f"{tenant}.duckdb")) for tenant in ("acme", "brine")}
    tenants = Tenants(TenantsArgs(tenants=named, limits=Limits(memory_mb=64, spill_mb=8)))
    greedy, modest = [(await tenants.agents(tenant))._workspace.warehouse for tenant in named]
    taking = asyncio.create_task(
        asyncio.to_thread(greedy.fetch, "SELECT list(a.range || 'x') FROM range(20000000) a", (), Limits())
    )
    served = 0
    while not taking.done():
        assert (await asyncio.to_thread(modest.fetch, "SELECT count(*) AS n FROM things", (), Limits())).rows
        served += 1
    with pytest.raises(InvalidQuery, match="more memory than a query may use"):
        await taking
    assert served > 0
    assert greedy.query("SELECT id FROM things") == [(1,)]
    for engine in (greedy, modest):
        engine.close()
