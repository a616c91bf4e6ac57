"""What must hold of "each": after a list of things, what each of them has adds up to what there is of theirs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from deployments.analytics.dialogue import Dialogue
from deployments.analytics.workspace import Workspace

SCRIPTS = Path(__file__).parents[1] / "evaluation"


@pytest.mark.parametrize("name", ["chess", "rail"])
def test_what_each_thing_shown_has_adds_up_to_the_rows_that_are_of_one(tmp_path: Path, name: str) -> None:
    database = tmp_path / f"{name}.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute((SCRIPTS / f"{name}.sql").read_text())
    workspace = Workspace.open(str(database))
    asked = 0
    for link in workspace.model.relationships:
        one, many = workspace.model.by_name[link.to_entity], workspace.model.by_name[link.from_entity]
        ways = [r for r in workspace.model.relationships if (r.from_entity, r.to_entity) == (many.name, one.name)]
        if one is many or len(ways) > 1 or one.label_attribute is None:
            continue
        dialogue = Dialogue(workspace, dt.date(2026, 6, 15))
        dialogue.ask(f"List all {one.plural}.")
        _, result, _ = dialogue.ask(f"How many {many.plural} does each have?")
        assert result is not None, (one.name, many.name)
        column = link.from_attributes[0]
        (of_one,) = workspace.warehouse.query(f'SELECT count("{column}") FROM "{many.name}"')[0]
        assert sum(int(str(row[-1])) for row in result.rows) == of_one, (one.name, many.name)
        asked += 1
    assert asked >= 3
