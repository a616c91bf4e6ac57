"""The README names what there is, and nothing that there is not."""

from __future__ import annotations

import re
from pathlib import Path

from api.cli import app
from api.errors import Close, codes
from api.protocol import CLIENT_FRAMES, SERVER_FRAMES
from api.routes import OPERATIONS
from api.settings import PREFIX, Settings

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def section(title: str) -> str:
    """The text under a heading, up to the next of the same or a higher level."""
    found = re.search(rf"^(#+) {title}\n(.*?)(?=^#{{1,3}} |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[2]


def first_cells(text: str) -> set[str]:
    """What stands in backticks or as a number in the first column of the tables."""
    cells = re.findall(r"^\| ([^|]*) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`|^(\d+)$", cell) for name in name if name}


def test_every_setting_is_listed_with_its_description_and_no_other() -> None:
    listed = section("Settings")
    assert first_cells(listed) == {PREFIX + name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        assert f"| {field.description} |" in listed, name


def test_every_error_code_is_listed_and_no_other() -> None:
    assert first_cells(section("Errors")) == set(codes())


def test_every_close_code_is_listed_and_no_other() -> None:
    numbers = {int(name) for name in first_cells(section("WebSocket")) if name.isdigit()}
    assert numbers == {int(code) for code in Close}


def test_every_frame_is_listed_and_no_other() -> None:
    names = {name for name in first_cells(section("WebSocket")) if not name.isdigit()}
    assert names == {*CLIENT_FRAMES, *SERVER_FRAMES}


def test_every_operation_is_listed_and_no_other() -> None:
    listed = re.findall(r"^\| `([A-Z]+)` \| `([^`]+)` \|", section("REST"), re.MULTILINE)
    assert set(listed) == {(operation.method, operation.path) for operation in OPERATIONS}


def test_every_command_is_listed_and_no_other() -> None:
    commands = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert {cell.split()[0] for cell in first_cells(section("Command line"))} == commands


def test_the_test_command_stands_where_the_check_looks_for_it() -> None:
    found = re.search(r"^<!-- tests -->\n```sh\n(.+?)\n```\n<!-- /tests -->$", README, re.MULTILINE | re.DOTALL)
    assert found
    assert found[1].endswith("pytest")
