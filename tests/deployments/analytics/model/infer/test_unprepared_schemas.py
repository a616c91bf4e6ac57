"""Schemas as they are found: prefixes and abbreviations, no keys, roles, several schemas, one table only, wide and narrow.

Each question is answered over the model that is inferred, and its rows are those of the SQL beside it."""

from __future__ import annotations

import datetime as dt

import pytest

from deployments.analytics.dialogue import Dialogue
from deployments.analytics.evaluation import matches
from deployments.analytics.model.infer import infer_model
from deployments.analytics.model.ossie import dump_ossie, parse_ossie
from deployments.analytics.workspace import Workspace
from tests.deployments.analytics.model.conftest import Opener

PREFIXED = """
CREATE TABLE tblCust(cst_id INTEGER, cst_nm VARCHAR, cst_cntry_cd VARCHAR, cst_actv_flg VARCHAR);
INSERT INTO tblCust SELECT i, 'Client ' || i, ['DE','FR','US'][i%3+1], ['Y','N'][i%2+1] FROM range(1,31) t(i);
CREATE TABLE tblOrdHdr(ord_no INTEGER, ord_cst_id INTEGER, ord_dt VARCHAR, ord_tot_amt VARCHAR);
INSERT INTO tblOrdHdr SELECT i+1000, i%30+1, strftime(DATE '2024-01-01'+CAST(i AS INTEGER), '%Y-%m-%d'), (i*2.5)::VARCHAR FROM range(1,400) t(i);
"""
ROLE_PLAYING = """
CREATE TABLE harbor(harbor_code VARCHAR, harbor_name VARCHAR, country VARCHAR);
INSERT INTO harbor SELECT 'H'||i, ['Oslo','Genoa','Lagos','Perth','Lima','Cork','Busan','Riga'][i+1], ['Norway','Italy','Nigeria','Australia','Peru','Ireland','South Korea','Latvia'][i+1] FROM range(8) t(i);
CREATE TABLE voyage(voyage_id INTEGER, origin_harbor VARCHAR, destination_harbor VARCHAR, departed TIMESTAMP, tons INTEGER);
INSERT INTO voyage SELECT i, 'H'||(i%8), 'H'||((i*3+1)%8), TIMESTAMP '2024-01-01 06:00:00'+INTERVAL (i*7) HOUR, i%90 FROM range(1,300) t(i);
"""
TWO_SCHEMAS = """
CREATE SCHEMA crm; CREATE SCHEMA billing;
CREATE TABLE crm.account(account_id INTEGER, name VARCHAR, industry VARCHAR);
INSERT INTO crm.account SELECT i,'Firm '||i,['steel','food','paper'][i%3+1] FROM range(1,40) t(i);
CREATE TABLE billing.invoice(invoice_id INTEGER, account_id INTEGER, issued DATE, total DECIMAL(9,2), paid BOOLEAN);
INSERT INTO billing.invoice SELECT i,i%39+1,DATE '2025-01-01'+CAST(i AS INTEGER),i*1.5,i%3=0 FROM range(1,200) t(i);
CREATE TABLE billing.account(account_id INTEGER, iban VARCHAR);
INSERT INTO billing.account SELECT i,'IBAN'||i FROM range(1,40) t(i);
"""
ONE_TABLE = """
CREATE TABLE data AS SELECT i AS id, ['Mon','Tue','Wed','Thu','Fri','Sat','Sun'][i%7+1] AS day, ['north','south'][i%2+1] AS region, i%13 AS qty, (i%13)*2.5 AS sales, ['t','f'][i%2+1] AS returned FROM range(1,500) t(i);
"""
WIDE = (
    "CREATE TABLE survey AS SELECT i AS respondent_id, ['f','m'][i%2+1] AS gender, "
    + ", ".join(f"i % {k + 2} AS q{k}_score" for k in range(1, 60))
    + ", i % 5 AS overall_satisfaction FROM range(1, 300) t(i)"
)
NARROW = """
CREATE TABLE readings(sensor VARCHAR, ts TIMESTAMP, metric VARCHAR, value DOUBLE);
INSERT INTO readings SELECT 'S'||(i%5), TIMESTAMP '2025-03-01'+INTERVAL (i) HOUR, ['temperature','humidity'][i%2+1], i%37 FROM range(500) t(i);
"""

CASES = [
    (
        PREFIXED,
        [
            ("how many orders in March 2024", "SELECT count(*) FROM tblOrdHdr WHERE ord_dt LIKE '2024-03%'"),
            (
                "total order amount by customer country",
                "SELECT cst_cntry_cd, sum(ord_tot_amt::DOUBLE) FROM tblOrdHdr JOIN tblCust ON ord_cst_id=cst_id GROUP BY 1",
            ),
            ("how many active customers", "SELECT count(*) FROM tblCust WHERE cst_actv_flg='Y'"),
            (
                "monthly total amount in 2024",
                "SELECT substr(ord_dt,1,7)||'-01', sum(ord_tot_amt::DOUBLE) FROM tblOrdHdr WHERE ord_dt LIKE '2024%' GROUP BY 1",
            ),
        ],
    ),
    (
        ROLE_PLAYING,
        [
            ("how many voyages departed from Oslo", "SELECT count(*) FROM voyage WHERE origin_harbor='H0'"),
            (
                "total tons by destination harbor name",
                "SELECT harbor_name, sum(tons) FROM voyage JOIN harbor ON destination_harbor = harbor_code GROUP BY 1",
            ),
            (
                "number of voyages by origin country",
                "SELECT country,count(*) FROM voyage JOIN harbor ON origin_harbor=harbor_code GROUP BY 1",
            ),
            (
                "voyages to Genoa in January 2024",
                "SELECT voyage_id FROM voyage WHERE destination_harbor='H1' AND departed < '2024-02-01'",
            ),
            ("tons by hour of day", "SELECT hour(departed),sum(tons) FROM voyage GROUP BY 1"),
        ],
    ),
    (
        TWO_SCHEMAS,
        [
            (
                "number of invoices per industry",
                "SELECT industry,count(*) FROM billing.invoice JOIN crm.account USING(account_id) GROUP BY 1",
            ),
            ("how many crm accounts", "SELECT count(*) FROM crm.account"),
        ],
    ),
    (
        ONE_TABLE,
        [
            ("total sales by region", "SELECT region,sum(sales) FROM data GROUP BY 1"),
            ("total qty on Mondays", "SELECT sum(qty) FROM data WHERE day='Mon'"),
            ("sales by day of the week", "SELECT day,sum(sales) FROM data GROUP BY 1"),
            ("how many were returned", "SELECT count(*) FROM data WHERE returned='t'"),
        ],
    ),
    (
        WIDE,
        [
            (
                "average overall satisfaction by gender",
                "SELECT gender,avg(overall_satisfaction) FROM survey GROUP BY 1",
            ),
            ("average q7 score", "SELECT avg(q7_score) FROM survey"),
            ("number of female respondents", "SELECT count(*) FROM survey WHERE gender='f'"),
        ],
    ),
    (
        NARROW,
        [
            ("maximum value per metric", "SELECT metric,max(value) FROM readings GROUP BY 1"),
            (
                "how many readings on 3 March 2025",
                "SELECT count(*) FROM readings WHERE ts>='2025-03-03' AND ts<'2025-03-04'",
            ),
        ],
    ),
]


@pytest.mark.parametrize(("schema", "questions"), CASES, ids=["prefixed", "roles", "schemas", "one", "wide", "narrow"])
def test_questions_over_an_unprepared_schema_are_answered_right(
    database: Opener, schema: str, questions: list[tuple[str, str]]
) -> None:
    warehouse = database(schema)
    workspace = Workspace(warehouse, infer_model(warehouse))
    wrong = []
    for question, gold in questions:
        _, result, sql = Dialogue(workspace, dt.date(2026, 1, 10)).ask(question)
        if result is None or not matches(warehouse.query(gold), [list(row) for row in result.rows], ordered=False):
            wrong.append((question, sql))
    assert wrong == []


@pytest.mark.parametrize(
    "schema", [schema for schema, _ in CASES], ids=["prefixed", "roles", "schemas", "one", "wide", "narrow"]
)
def test_its_model_written_and_read_is_the_same(database: Opener, schema: str) -> None:
    warehouse = database(schema)
    model = infer_model(warehouse)
    assert parse_ossie(dump_ossie(model), warehouse) == model


def test_names_are_written_out_and_no_word_is_cut_into_a_piece_of_itself(database: Opener) -> None:
    voyages = infer_model(database(ROLE_PLAYING)).by_name["voyage"]
    assert (voyages.label, voyages.plural) == ("voyage", "voyages")
    prefixed = infer_model(database(PREFIXED))
    assert prefixed.by_name["tblOrdHdr"].label == "order"
    assert prefixed.by_name["tblCust"].by_name["cst_actv_flg"].label == "active flag"


def test_tables_of_one_name_in_two_schemas_are_linked_by_their_keys_and_told_apart(database: Opener) -> None:
    model = infer_model(database(TWO_SCHEMAS))
    (link,) = [r for r in model.relationships if {r.from_entity, r.to_entity} == {"billing_account", "crm_account"}]
    assert (link.one_to_one, link.inferred) == (True, True)
    assert "crm account" in model.by_name["crm_account"].synonyms
