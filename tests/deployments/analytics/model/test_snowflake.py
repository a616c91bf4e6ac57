from __future__ import annotations

import pytest

from deployments.analytics.model.schema import Role
from deployments.analytics.model.snowflake import parse_snowflake
from deployments.contracts.errors import ModelError
from deployments.contracts.query import Aggregate, Attribute, Function
from tests.deployments.analytics.model.conftest import Opener
from tests.deployments.analytics.model.test_ossie import DATA

TEXT = """
name: shop
tables:
- name: sale
  base_table: {database: DB, schema: PUBLIC, table: SALE}
  primary_key: {columns: [sale_id]}
  dimensions:
  - {name: state, expr: status, synonyms: [condition], data_type: VARCHAR}
  time_dimensions:
  - {name: sold_on, expr: sold_on, data_type: DATE}
  facts:
  - {name: amount, expr: amount, data_type: NUMBER}
  filters:
  - {name: open_sales, expr: status = 'open'}
  metrics:
  - {name: total, expr: SUM(amount), synonyms: [volume]}
- name: maker
  base_table: {table: MAKER}
relationships:
- {name: made, left_table: sale, right_table: maker, relationship_columns: [{left_column: maker_id, right_column: maker_id}]}
verified_queries:
- {name: v, question: how many, sql: SELECT count(*) FROM sale}
"""


def test_tables_columns_metrics_filters_and_verified_queries_are_read(database: Opener) -> None:
    model = parse_snowflake(TEXT, database(DATA))
    sale = model.by_name["sale"]
    assert (sale.by_name["state"].synonyms, sale.by_name["sold_on"].role) == (("condition",), Role.TIME)
    assert sale.by_name["state"].samples == ("done", "open")
    total = model.metrics_by_name["total"].measure
    assert isinstance(total, Aggregate)
    assert (total.function, total.of) == (Function.SUM, Attribute(entity="sale", name="amount"))
    assert [named.name for named in model.filters] == ["open_sales"]
    assert [(r.from_entity, r.to_entity) for r in model.relationships] == [("sale", "maker")]
    assert model.verified_queries[0].question == "how many"


def test_an_unknown_column_is_named_with_its_line(database: Opener) -> None:
    with pytest.raises(ModelError, match=r"line 12: .*'amont'"):
        parse_snowflake(TEXT.replace("expr: amount,", "expr: amont,"), database(DATA))


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT sum(amont) FROM sale", "amont"),
        ("DELETE FROM sale", "Only reading"),
        ("SELECT FROM WHERE (", "cannot be read"),
    ],
)
def test_a_verified_query_that_could_not_run_is_refused_with_its_line(database: Opener, sql: str, said: str) -> None:
    with pytest.raises(ModelError, match=rf"line 22: verified query 'v': .*{said}"):
        parse_snowflake(TEXT.replace("SELECT count(*) FROM sale", f'"{sql}"'), database(DATA))


def test_a_verified_query_may_name_datasets_and_their_fields(database: Opener) -> None:
    model = parse_snowflake(TEXT.replace("count(*) FROM sale", "state FROM __sale"), database(DATA))
    assert '"status" AS "state"' in model.verified_queries[0].sql
