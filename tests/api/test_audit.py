from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from actors.local import LocalSessions
from api.app import create_app
from api.audit import AuditedSessions, AuditLog, read_log
from api.cli import run
from api.settings import Settings
from api.texts import Texts
from deployments.contracts.answers import Answer, AnswerStep, Guarded, Intent
from deployments.contracts.errors import JournalUnavailable, QueryRefused
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import SendMessage, Sessions
from tests.actors.agents import HeldAgents
from tests.api.conftest import SESSIONS, bearer, problem

ANN = Principal(tenant_id="acme", user_id="ann")


def lines(folder: Path) -> list[dict[str, Any]]:
    return [line for path in sorted(folder.glob("*.jsonl")) for line in read_log(path)]


async def ask(
    client: httpx.AsyncClient, session_id: str, message: str = "revenue by country", **more: Any
) -> httpx.Response:
    return await client.post(f"{SESSIONS}/{session_id}/messages", json={"message": message}, **more)


async def test_a_turn_is_recorded_with_what_it_read(client: httpx.AsyncClient, session_id: str, tmp_path: Path) -> None:
    answer = (await ask(client, session_id)).json()
    (line,) = lines(tmp_path / "audit")
    assert (line["tenant_id"], line["user_id"], line["session_id"]) == ("acme", "ann", session_id)
    assert (line["action"], line["decision"], line["turn_id"]) == ("message", "answered", answer["turn_id"])
    assert Texts(tmp_path / "audit").told(line)["sql"] == answer["sql"] != line["sql"]
    assert line["rows"] == answer["row_count"]
    assert line["tables"] == answer["guard"]["tables"]
    assert line["question"].startswith("hmac-sha256:")


async def test_the_same_question_has_one_digest_and_its_text_is_nowhere(
    client: httpx.AsyncClient, session_id: str, tmp_path: Path
) -> None:
    for message in ("What does Zelda earn?", "What does Zelda earn?", "And Bo?"):
        await ask(client, session_id, message)
    first, again, other = (line["question"] for line in lines(tmp_path / "audit"))
    assert first == again != other
    assert (await client.delete(f"{SESSIONS}/{session_id}")).status_code == 204
    for path in (tmp_path / "audit").glob("*.jsonl"):
        assert b"Zelda" not in path.read_bytes()
    assert lines(tmp_path / "audit")[-1]["decision"] == "deleted"


async def test_every_statement_on_the_way_to_an_answer_is_recorded(tmp_path: Path) -> None:
    answer = Answer(
        success=True,
        response="Prices fell.",
        intent=Intent.ANALYSIS,
        sql="SELECT 1",
        sql_executed=True,
        guard=Guarded(tables=("orders",)),
        steps=(AnswerStep(purpose="by region", sql="SELECT 2"), AnswerStep(purpose="by product", sql="SELECT 3")),
    )

    class Answering:
        async def perform(self, *_: Any) -> Answer:
            return answer

    recorded = AuditedSessions(cast("Sessions", Answering()), AuditLog(tmp_path))
    await recorded.perform(ANN, "sess-1", SendMessage(content="why?", message_id="m-1"))
    (line,) = lines(tmp_path)
    assert "SELECT" not in repr(line)
    told = Texts(tmp_path).told(line)
    assert (told["sql"], told["steps"]) == ("SELECT 1", ["SELECT 2", "SELECT 3"])


async def test_what_was_refused_is_recorded_with_its_reason(
    client: httpx.AsyncClient, session_id: str, agents: HeldAgents, tmp_path: Path
) -> None:
    agents.errors["run"] = QueryRefused("no", reason="cross_join")
    problem(await ask(client, session_id), 422, "query_refused")
    stranger = await ask(client, session_id, headers=bearer("bob"))
    problem(stranger, 404, "session_not_found")
    problem(await client.get(f"{SESSIONS}/{session_id}/results/res-1", headers=bearer("bob")), 404, "session_not_found")
    found = [
        (line["user_id"], line["action"], line["decision"], line.get("reason")) for line in lines(tmp_path / "audit")
    ]
    assert found == [
        ("ann", "message", "query_refused", "cross_join"),
        ("bob", "message", "session_not_found", None),
        ("bob", "result", "session_not_found", None),
    ]


async def test_a_download_is_recorded(client: httpx.AsyncClient, session_id: str, tmp_path: Path) -> None:
    result_id = (await ask(client, session_id)).json()["result_id"]
    assert (await client.get(f"{SESSIONS}/{session_id}/results/{result_id}?format=csv")).status_code == 200
    line = lines(tmp_path / "audit")[-1]
    assert (line["action"], line["result_id"], line["decision"]) == ("result", result_id, "given")
    assert line["rows"] > 0


async def test_no_token_stands_in_the_log(client: httpx.AsyncClient, session_id: str, tmp_path: Path) -> None:
    await ask(client, session_id)
    for path in (tmp_path / "audit").glob("*.jsonl"):
        assert bearer()["Authorization"].split()[1].encode() not in path.read_bytes()


@pytest.mark.parametrize("damage", ["change", "take away", "swap", "add"])
def test_a_log_that_was_changed_later_is_found(tmp_path: Path, damage: str) -> None:
    log = AuditLog(tmp_path)
    for number in range(4):
        log.write(ANN, "message", rows=number)
    (path,) = tmp_path.glob("*.jsonl")
    assert [line["rows"] for line in read_log(path)] == [0, 1, 2, 3]
    kept = path.read_text().splitlines(keepends=True)
    if damage == "change":
        kept[1] = kept[1].replace('"rows":1', '"rows":7')
    elif damage == "take away":
        del kept[1]
    elif damage == "swap":
        kept[1], kept[2] = kept[2], kept[1]
    else:
        kept.insert(2, json.dumps({"at": "", "digest": "0"}) + "\n")
    path.write_text("".join(kept))
    with pytest.raises(ValueError, match=r"line [23]"):
        list(read_log(path))


def test_the_log_is_its_owners_alone(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit")
    log.write(ANN, "message")
    log.keep("sess-1", None, "SELECT 1")
    for path in (tmp_path / "audit").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert stat.S_IMODE((tmp_path / "audit").stat().st_mode) == 0o700


@pytest.mark.parametrize(("setting", "told"), [("text", "What does Zelda earn?"), ("digest", None), ("none", None)])
async def test_questions_are_kept_as_the_settings_say_until_the_session_is_deleted(
    sessions: LocalSessions, settings: Settings, session_id: str, tmp_path: Path, setting: str, told: str | None
) -> None:
    folder = tmp_path / "audit"
    app = create_app(sessions, settings.model_copy(update={"audit_questions": setting}))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=bearer()) as client:
        await ask(client, session_id, "What does Zelda earn?")
        sql = (await ask(client, session_id)).json()["sql"]
        line, second = lines(folder)
        assert (Texts(folder).told(line).get("question") if told else None) == told
        assert ("question" in line) == (setting != "none")
        assert Texts(folder).told(second)["sql"] == sql
        assert (await client.delete(f"{SESSIONS}/{session_id}")).status_code == 204
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"Zelda" not in everything
    assert sql.encode() not in everything
    assert [line["action"] for line in lines(folder)] == ["message", "message", "delete"]
    assert [Texts(folder).told(one) for one in (line, second)] == [line, second]


async def test_only_the_owner_makes_the_texts_be_forgotten(
    client: httpx.AsyncClient, session_id: str, tmp_path: Path
) -> None:
    sql = (await ask(client, session_id)).json()["sql"]
    problem(await client.delete(f"{SESSIONS}/{session_id}", headers=bearer("bob")), 404, "session_not_found")
    await ask(client, session_id, headers=bearer("bob"))
    assert sql in Texts(tmp_path / "audit").of(session_id).values()
    assert len(list((tmp_path / "audit" / "texts").iterdir())) == 1


def test_what_is_on_its_way_when_the_session_is_deleted_is_not_kept_either(tmp_path: Path) -> None:
    texts = Texts(tmp_path)
    texts.keep("sess-1", {"a": "first"})
    texts.forget("sess-1")
    texts.keep("sess-1", {"b": "late"})
    assert texts.of("sess-1") == {}
    assert [path.read_bytes() for path in (tmp_path / "texts").iterdir()] == [b""]


def test_a_text_that_was_changed_later_is_not_told(tmp_path: Path) -> None:
    texts = Texts(tmp_path)
    texts.keep("sess-1", {texts.digest("how many?"): "how many?"})
    (path,) = (tmp_path / "texts").glob("*.jsonl")
    assert list(texts.of("sess-1").values()) == ["how many?"]
    path.write_text(path.read_text().replace("how many?", "how much?"))
    assert texts.of("sess-1") == {}


async def test_what_cannot_be_recorded_is_not_answered(
    sessions: LocalSessions, settings: Settings, session_id: str, tmp_path: Path
) -> None:
    app = create_app(sessions, settings.model_copy(update={"audit": tmp_path / "gone"}))
    shutil.rmtree(tmp_path / "gone")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client:
        problem(await ask(client, session_id, headers=bearer()), 503, "journal_unavailable")


def test_an_unwritable_log_says_so(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit")
    shutil.rmtree(tmp_path / "audit")
    with pytest.raises(JournalUnavailable):
        log.write(ANN, "message")


def test_the_command_writes_what_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = AuditLog(tmp_path / "audit")
    log.write(ANN, "message", decision="answered")
    log.write(Principal(tenant_id="acme", user_id="bob"), "message", decision="answered")
    assert run(["audit", "--state-dir", str(tmp_path), "--user", "bob"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["user_id"] == "bob"
    assert run(["audit", "--state-dir", str(tmp_path), "--since", "9999"]) == 0
    assert capsys.readouterr().out == ""
    (path,) = (tmp_path / "audit").glob("*.jsonl")
    path.write_text(path.read_text().replace("bob", "eve"))
    assert run(["audit", "--state-dir", str(tmp_path)]) == 1
    assert "not as it was written" in capsys.readouterr().err
