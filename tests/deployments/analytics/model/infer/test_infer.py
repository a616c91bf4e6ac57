from __future__ import annotations

from deployments.analytics.model.infer import infer_model
from deployments.analytics.model.schema import DataType, Relationship, Role, SemanticModel
from deployments.contracts.query import Aggregate, Arithmetic
from tests.deployments.analytics.model.conftest import Opener

SHOP = """
CREATE TABLE customers AS SELECT i + 100 AS cust_id, 'Person ' || i AS cust_nm, ['Oslo', 'Rome'][1 + i % 2] AS city FROM range(40) t(i);
CREATE TABLE orders AS SELECT i AS id, 100 + i % 40 AS customer_id, DATE '2024-01-01' + CAST(i AS INTEGER) AS ordered_on,
  (i % 7) * 1.5 AS amt, i % 3 + 1 AS qty, CASE WHEN i % 5 = 0 THEN 'Y' ELSE 'N' END AS is_gift FROM range(200) t(i);
"""


def links(model: SemanticModel) -> set[tuple[str, str]]:
    return {
        (f"{r.from_entity}.{','.join(r.from_attributes)}", f"{r.to_entity}.{','.join(r.to_attributes)}")
        for r in model.relationships
    }


def link(model: SemanticModel, start: str) -> Relationship:
    return next(r for r in model.relationships if f"{r.from_entity}.{r.from_attributes[0]}" == start)


def test_keys_links_roles_and_labels_come_from_data_and_names(database: Opener) -> None:
    model = infer_model(database(SHOP))
    customers, orders = model.by_name["customers"], model.by_name["orders"]
    assert (customers.primary_key, orders.primary_key) == (("cust_id",), ("id",))
    assert links(model) == {("orders.customer_id", "customers.cust_id")}
    relationship = model.relationships[0]
    assert relationship.inferred
    assert relationship.complete
    assert not relationship.one_to_one
    assert (customers.label, customers.plural, customers.kind) == ("customer", "customers", "dimension")
    assert (orders.kind, orders.default_time) == ("fact", "ordered_on")
    assert customers.by_name["cust_id"].label == "customer id"
    roles = {name: attribute.role for name, attribute in orders.by_name.items()}
    assert roles == {
        "id": Role.KEY, "customer_id": Role.REFERENCE, "ordered_on": Role.TIME, "amt": Role.ADDITIVE, "qty": Role.ADDITIVE, "is_gift": Role.FLAG,
    }  # fmt: skip
    assert orders.by_name["is_gift"].true_values == ("Y",)
    assert orders.by_name["is_gift"].false_values == ("N",)


def test_declared_keys_are_certain(database: Opener) -> None:
    model = infer_model(
        database(
            "CREATE TABLE a (x INTEGER PRIMARY KEY); CREATE TABLE b (k INTEGER PRIMARY KEY, z INTEGER REFERENCES a (x)); INSERT INTO a VALUES (1)"
        )
    )
    assert links(model) == {("b.z", "a.x")}
    assert model.relationships[0].confidence == 1
    assert not model.relationships[0].inferred


def test_numbers_contained_in_an_unrelated_key_are_no_link(database: Opener) -> None:
    model = infer_model(
        database(
            "CREATE TABLE machine AS SELECT i AS id, 'M' || i AS name FROM range(1, 50) t(i); CREATE TABLE visit AS SELECT i AS id, i % 9 + 1 AS guests, i % 4 + 1 AS floor FROM range(1, 60) t(i)"
        )
    )
    assert model.relationships == ()


def test_two_links_to_one_table_have_roles(database: Opener) -> None:
    model = infer_model(
        database(
            """CREATE TABLE airports AS SELECT 'A' || i AS code, 'Airport ' || i AS name FROM range(20) t(i);
            CREATE TABLE legs AS SELECT i AS leg_no, 'A' || i % 20 AS source_airport, 'A' || (i + 3) % 20 AS dest_airport FROM range(90) t(i)"""
        )
    )
    assert {r.role for r in model.relationships} == {"source", "destination"}


def test_a_manager_is_a_row_of_the_same_table(database: Opener) -> None:
    model = infer_model(
        database(
            "CREATE TABLE staff AS SELECT i AS staff_id, 'P' || i AS name, CASE WHEN i > 1 THEN i // 2 END AS manager_id FROM range(1, 40) t(i)"
        )
    )
    found = link(model, "staff.manager_id")
    assert (found.to_entity, found.role, found.complete) == ("staff", "manager", False)


def test_a_bridge_has_the_key_of_its_links(database: Opener) -> None:
    model = infer_model(
        database(
            """CREATE TABLE student AS SELECT i AS stuid, 'S' || i AS lname, 'F' || i AS fname FROM range(1, 30) t(i);
            CREATE TABLE course AS SELECT i AS courseid, 'C' || i AS coursename FROM range(1, 10) t(i);
            CREATE TABLE enrolled AS SELECT s AS stuid, c AS courseid FROM range(1, 30) a(s), range(1, 10) b(c) WHERE (s + c) % 3 = 0"""
        )
    )
    enrolled = model.by_name["enrolled"]
    assert enrolled.kind == "bridge"
    assert set(enrolled.primary_key) == {"stuid", "courseid"}
    assert links(model) == {("enrolled.stuid", "student.stuid"), ("enrolled.courseid", "course.courseid")}
    student = model.by_name["student"]
    assert student.label_attribute == "full_name"
    assert student.by_name["stuid"].label == "student id"
    assert model.by_name["course"].by_name["coursename"].label == "course name"


def test_a_shared_cryptic_prefix_is_dropped(database: Opener) -> None:
    model = infer_model(
        database(
            """CREATE TABLE zqCustomer AS SELECT i AS zqCustId, 'N' || i AS zqCustName FROM range(1, 30) t(i);
            CREATE TABLE zqTicker AS SELECT i AS zqTickerId, 'T' || i AS zqTickerSymbol FROM range(1, 30) t(i);
            CREATE TABLE zqTransaction AS SELECT i AS zqTxId, i % 29 + 1 AS zqTxCustId, i % 29 + 1 AS zqTxTickerId, i * 1.5 AS zqTxAmount FROM range(1, 99) t(i)"""
        )
    )
    transaction = model.by_name["zqTransaction"]
    assert transaction.label == "transaction"
    assert transaction.by_name["zqTxAmount"].label == "transaction amount"
    assert links(model) == {
        ("zqTransaction.zqTxCustId", "zqCustomer.zqCustId"),
        ("zqTransaction.zqTxTickerId", "zqTicker.zqTickerId"),
    }


def test_text_that_holds_numbers_dates_or_years_is_cast(database: Opener) -> None:
    warehouse = database(
        """CREATE TABLE films AS SELECT i AS id, CAST(i AS VARCHAR) AS length, CAST(1990 + i AS VARCHAR) AS release_year,
        strftime(DATE '2024-01-13' + CAST(i AS INTEGER), '%m/%d/%Y') AS premiere_date, '0' || i AS zip_code FROM range(1, 30) t(i)"""
    )
    films = infer_model(warehouse).by_name["films"].by_name
    assert (films["length"].data_type, films["length"].stored_as_text) == (DataType.INTEGER, True)
    assert (films["release_year"].role, films["release_year"].data_type) == (Role.YEAR, DataType.INTEGER)
    assert (films["premiere_date"].role, films["premiere_date"].data_type) == (Role.TIME, DataType.DATE)
    assert (films["zip_code"].role, films["zip_code"].data_type) == (Role.CODE, DataType.TEXT)
    for attribute in films.values():
        if attribute.expression:
            assert warehouse.query(f"SELECT count({attribute.expression}) FROM films") == [(29,)]


def test_a_text_reference_to_a_number_is_compared_as_a_number(database: Opener) -> None:
    warehouse = database(
        "CREATE TABLE shop AS SELECT i AS shop_id, 'S' || i AS name FROM range(1, 30) t(i); CREATE TABLE sale AS SELECT i AS id, CAST(i % 29 + 1 AS VARCHAR) AS shop_id FROM range(1, 80) t(i)"
    )
    model = infer_model(warehouse)
    assert links(model) == {("sale.shop_id", "shop.shop_id")}
    expression = model.by_name["sale"].by_name["shop_id"].expression
    assert warehouse.query(
        f"SELECT count(*) FROM sale JOIN shop ON {str(expression).replace('shop_id', 'sale.shop_id').replace(chr(34), '')} = shop.shop_id"
    ) == [(79,)]


def test_integer_days_and_epoch_seconds_are_times(database: Opener) -> None:
    model = infer_model(
        database(
            "CREATE TABLE log AS SELECT i AS id, 20240101 + i AS event_date, 1700000000 + i * 60 AS created_at, i * 1000000 AS amount FROM range(1, 29) t(i)"
        )
    )
    log = model.by_name["log"].by_name
    assert log["event_date"].data_type is DataType.DATE
    assert log["created_at"].data_type is DataType.TIMESTAMP
    assert log["amount"].role is Role.ADDITIVE


def test_samples_are_the_most_frequent_values_first(database: Opener) -> None:
    model = infer_model(
        database(
            "CREATE TABLE t AS SELECT i AS id, ['b', 'a', 'b', 'c', 'b', 'a'][1 + i % 6] AS kind FROM range(60) t(i)"
        )
    )
    kind = model.by_name["t"].by_name["kind"]
    assert (kind.samples, kind.distinct_count, kind.null_fraction) == (("b", "a", "c"), 3, 0)


def test_tables_of_one_name_in_two_schemas_stay_two(database: Opener) -> None:
    model = infer_model(
        database(
            "CREATE SCHEMA eu; CREATE SCHEMA us; CREATE TABLE eu.sales AS SELECT 1 AS id; CREATE TABLE us.sales AS SELECT 1 AS id; CREATE TABLE us.stores AS SELECT 1 AS id"
        )
    )
    assert [(entity.name, entity.schema_name, entity.table) for entity in model.entities] == [
        ("eu_sales", "eu", "sales"), ("us_sales", "us", "sales"), ("stores", "us", "stores"),
    ]  # fmt: skip


def test_revenue_is_derived_from_price_and_quantity_and_said_so(database: Opener) -> None:
    model = infer_model(
        database(
            "CREATE TABLE sales AS SELECT i AS sale_id, DATE '2024-01-01' + CAST(i AS INTEGER) AS sale_date, i % 5 + 1 AS quantity, 2.5 * i AS unit_price FROM range(1, 50) t(i)"
        )
    )
    (revenue,) = model.metrics
    assert revenue.derived
    assert revenue.definition == "the sum of unit price times quantity over all sales"
    assert isinstance(revenue.measure, Aggregate)
    assert isinstance(revenue.measure.of, Arithmetic)


def test_no_revenue_is_made_up_where_nothing_was_sold(database: Opener) -> None:
    assert (
        infer_model(
            database(
                "CREATE TABLE races AS SELECT i AS race_id, i * 2 AS laps, i * 1.5 AS total FROM range(1, 50) t(i)"
            )
        ).metrics
        == ()
    )


def test_keys_that_differ_by_blanks_are_linked_with_a_note(database: Opener) -> None:
    model = infer_model(
        database(
            "CREATE TABLE port AS SELECT 'P' || i AS port_code, 'Port ' || i AS name FROM range(30) t(i); CREATE TABLE trip AS SELECT i AS id, ' P' || i % 30 AS port_code FROM range(90) t(i)"
        )
    )
    assert link(model, "trip.port_code").confidence < 0.6
    assert "blanks" in model.notes[0]


def test_empty_tables_and_odd_types_do_no_harm(database: Opener) -> None:
    model = infer_model(
        database(
            "CREATE TABLE empty (id INTEGER, name VARCHAR); CREATE TABLE odd AS SELECT 1 AS id, [1, 2] AS l, {'a': 1} AS s, INTERVAL 1 DAY AS i, 'x'::BLOB AS b, uuid() AS u, TIME '10:00' AS t"
        )
    )
    assert {entity.name: entity.row_count for entity in model.entities} == {"empty": 0, "odd": 1}


def test_a_short_form_that_one_name_explains_is_read_so_everywhere_and_a_code_list_is_called_by_its_meaning(
    database: Opener,
) -> None:
    model = infer_model(
        database(
            "CREATE TABLE item AS SELECT i AS sku, i % 3 AS cat_id, ['A1', 'B2'][1 + i % 2] AS rsn_cd FROM range(1, 60) t(i);"
            "CREATE TABLE item_cat AS SELECT i AS cat_id, ['pots', 'pans', 'lids'][i + 1] AS cat_nm FROM range(3) t(i);"
            "CREATE TABLE rsn AS SELECT ['A1', 'B2'][i + 1] AS rsn_cd, ['Broken', 'Too late'][i + 1] AS rsn_txt FROM range(2) t(i);"
        )
    )
    assert model.by_name["item"].by_name["cat_id"].label == "category id"
    assert model.by_name["item_cat"].label == "item category"
    assert model.by_name["rsn"].label_attribute == "rsn_txt"
