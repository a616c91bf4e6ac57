from __future__ import annotations

import json
import socket
from pathlib import Path

import duckdb
import pytest

from api.auth import Authenticator
from api.cli import run
from api.command.serve import alone, check_port, welcome, whole
from api.settings import Settings, load
from deployments.contracts.errors import SettingError
from deployments.journal.store import Journal


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("BI_WORKBENCH_STATE", str(folder))
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> str:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute(
            "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, country VARCHAR, amount DECIMAL(10,2), order_date DATE)"
        )
        made.execute(
            "INSERT INTO orders SELECT i, ['US', 'DE', 'FR'][i % 3 + 1], (i * 1.25)::DECIMAL(10,2), "
            "DATE '2025-01-01' + (i % 70)::INTEGER FROM range(1, 301) t(i)"
        )
    return str(path)


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """The single line on standard error."""
    printed = capsys.readouterr().err
    assert printed.startswith("bi-workbench: ")
    assert printed.count("\n") == 1
    assert "Traceback" not in printed
    return printed


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["token", "--colour"],
        ["token", "--ttl", "soon"],
        ["token", "--ttl", "0h"],
        ["token", "--role", "boss"],
        ["token", "--tenant", ""],
        ["serve", "--port", "x"],
        ["serve", "--port", "70000"],
        ["serve", "--host", "no.such.host.invalid"],
        ["ask"],
        ["ask", ""],
        ["ask", "x", "--as-of", "yesterday"],
        ["ask", "x", "--data", "/nowhere.duckdb"],
        ["model", "--data", "/nowhere.duckdb"],
        ["evaluate", "/nowhere.jsonl"],
        ["sessions"],
        ["sessions", "--server", "http://127.0.0.1:9"],
        ["sessions", "--server", "nonsense"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_one_line_and_exit_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    one_line(capsys)


def test_bad_data_and_models_are_one_line(shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "corrupt.duckdb").write_bytes(b"not a database" * 100)
    (tmp_path / "folder").mkdir()
    (tmp_path / "model.yaml").write_text("semantic_model: [")
    for data in ("empty.csv", "corrupt.duckdb", "folder"):
        assert run(["ask", "x", "--data", str(tmp_path / data)]) == 2
        assert data in one_line(capsys)
    assert run(["ask", "x", "--data", shop, "--model", str(tmp_path / "model.yaml")]) == 2
    one_line(capsys)


def test_a_port_in_use_is_told_before_anything_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(["serve", "--port", str(port)]) == 2
        assert f"Port {port} is in use" in one_line(capsys)
        with pytest.raises(SettingError):
            check_port("127.0.0.1", port)


def test_a_token_is_believed_by_the_server_of_the_same_folder(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "--tenant", "t", "--user", "u", "--role", "admin", "--ttl", "5m"]) == 0
    found = Authenticator(load()).authenticate(capsys.readouterr().out.strip())
    assert (found.tenant_id, found.user_id, found.is_admin) == ("t", "u", True)


def test_a_conversation_is_answered_in_this_process(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    with duckdb.connect(shop, read_only=True) as connection:
        expected = connection.execute("SELECT country, sum(amount) FROM orders GROUP BY 1").fetchall()
    questions = ["total amount by country", "only DE"]
    assert run(["ask", *questions, "--data", shop, "--json", "--as-of", "2025-03-15"]) == 0
    first, second = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {country: amount for country, amount, *_ in first["data"]["rows"]} == {
        country: float(amount) for country, amount in expected
    }
    assert first["intent"] == "sql_query"
    assert second["intent"] == "refinement"
    assert len(second["data"]["rows"]) == 1


def test_an_answer_is_shown_with_its_sql(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "total amount by country", "--data", shop, "--explain"]) == 0
    printed = capsys.readouterr().out
    assert "SELECT" in printed
    assert "FR" in printed
    json.loads(printed.splitlines()[0])


def test_a_question_that_is_not_understood_is_exit_status_1(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "frobnicate the wuzzles", "--data", shop]) == 1
    assert "frobnicate" in capsys.readouterr().out


def test_the_inferred_model_can_be_given_back(shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = tmp_path / "model.yaml"
    assert run(["model", "--data", shop, "--output", str(written)]) == 0
    assert run(["ask", "total amount by country", "--data", shop, "--model", str(written), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["row_count"] == 3


def test_evaluation_scores_saves_and_compares(shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    turn = {"question": "total amount by country", "gold_sql": ["SELECT country, sum(amount) FROM orders GROUP BY 1"]}
    cases, saved, answers = (tmp_path / name for name in ("cases.jsonl", "saved.json", "answers.jsonl"))
    cases.write_text(json.dumps({"id": "1", "database": "shop.duckdb", "turns": [turn]}) + "\n")
    assert run(["evaluate", str(cases), "--save", str(saved), "--answers", str(answers)]) == 0
    assert json.loads(saved.read_text())["right"] == 1.0
    assert json.loads(answers.read_text())["turns"][0]["question"] == turn["question"]
    assert run(["evaluate", str(cases), "--against", str(saved)]) == 0
    saved.write_text(json.dumps({"right": 2.0}))
    assert run(["evaluate", str(cases), "--against", str(saved)]) == 1
    saved.write_text("[]")
    assert run(["evaluate", str(cases), "--against", str(saved)]) == 2


def test_the_welcome_has_lines_that_a_shell_takes() -> None:
    text = welcome(Settings(host="0.0.0.0", port=9000), "aaa.bbb.ccc")
    assert "http://127.0.0.1:9000/api/v1/bi/chat/sessions/$SESSION/messages" in text
    assert "TOKEN=aaa.bbb.ccc" in text
    assert "0.0.0.0" not in text


def test_a_path_is_made_whole_and_anything_else_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n")
    monkeypatch.chdir(tmp_path)
    assert whole("x.csv") == str((tmp_path / "x.csv").resolve())
    assert whole("demo") == "demo"


def test_help_is_given_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "serve" in capsys.readouterr().out


def test_a_journal_is_compacted_where_no_server_works_in_its_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compact", "--state-dir", str(tmp_path)]) == 2
    Journal.open(str(tmp_path / "journal.sqlite")).close()
    with alone(tmp_path):
        assert run(["compact", "--state-dir", str(tmp_path)]) == 2
    assert "Another server works" in capsys.readouterr().err
    assert run(["compact", "--state-dir", str(tmp_path), "--keep-results", "10"]) == 0
    assert "bytes before" in capsys.readouterr().out
