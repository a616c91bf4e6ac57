"""The audit log: who asked what, when, what was read for it, and what was decided. Lines are added and never changed.

A log is a file of JSON lines of one process. Each line holds a digest of itself and the line before, so that a line
that was changed, moved or taken away later is found (`read_log`). Questions and SQL, which hold what people wrote, stand
in it as keyed digests; their texts, of questions only where the settings ask for them, are kept beside it
(`api.texts`) until the session is deleted.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import logging
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from api.texts import Texts
from deployments.contracts.answers import Answer, Intent
from deployments.contracts.errors import Forbidden, JournalUnavailable, SessionNotFound, WorkbenchError
from deployments.contracts.identity import Principal
from deployments.contracts.sessions import Command, Sessions, StoredResult

log = logging.getLogger("bi_workbench.api")

START = "0" * 64
"""What stands before the first line."""

_AT_ONCE = 100

Questions = Literal["digest", "text", "none"]


class AuditLog:
    """The log of this process, in a folder that its owner alone reads. Raises OSError where that cannot be made."""

    def __init__(self, folder: Path, questions: Questions = "digest") -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._questions = questions
        self._texts = Texts(folder)
        self._file: int | None = None
        self._last = START

    def write(self, principal: Principal, action: str, **facts: Any) -> None:
        """Add a line. Raises JournalUnavailable where it cannot be written: what is not recorded is not answered."""
        line = {
            "at": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
            "tenant_id": principal.tenant_id,
            "user_id": principal.user_id,
            "action": action,
            **{name: fact for name, fact in facts.items() if fact is not None},
        }
        line["digest"] = digest(self._last, line)
        raw = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        try:
            written = os.write(self._opened(), raw)
        except OSError as error:
            raise self._lost(error.strerror) from None
        if written != len(raw):
            raise self._lost("a line was cut")
        self._last = line["digest"]

    def _lost(self, why: str | None) -> JournalUnavailable:
        log.critical("the audit log in %s cannot be written: %s", self._folder, why)
        # What comes next goes to a new file, behind no broken line.
        if self._file is not None:
            os.close(self._file)
        self._file, self._last = None, START
        return JournalUnavailable("The audit log cannot be written.", retry_after=5)

    def question(self, text: str | None) -> str | None:
        """A question as it stands in the log."""
        return None if text is None or self._questions == "none" else self._texts.digest(text)

    def statement(self, sql: str | None) -> str | None:
        """A statement as it stands in the log."""
        return None if sql is None else self._texts.digest(sql)

    def keep(self, session_id: str, question: str | None, statements: Sequence[str] = ()) -> None:
        """Keep the texts that are to be kept. Raises JournalUnavailable where they cannot be."""
        texts = [*statements, question if self._questions == "text" else None]
        kept = {self._texts.digest(text): text for text in texts if text is not None}
        try:
            if kept:
                self._texts.keep(session_id, kept)
        except OSError as error:
            raise self._lost(error.strerror) from None

    def forget(self, session_id: str) -> None:
        """Leave no text of a session. Raises JournalUnavailable where it cannot be taken away."""
        try:
            self._texts.forget(session_id)
        except OSError as error:
            raise self._lost(error.strerror) from None

    def _opened(self) -> int:
        if self._file is None:
            started = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S")
            path = self._folder / f"{started}-{os.getpid()}-{secrets.token_hex(3)}.jsonl"
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_EXCL, 0o600)
        return self._file


def digest(previous: str, line: dict[str, Any]) -> str:
    """The digest of a line behind another."""
    content = json.dumps({**line, "digest": previous}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()


def read_log(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a log, in order. Raises ValueError, naming the line, where it is not as it was written."""
    last = START
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                line = json.loads(text)
                said = line["digest"]
            except (ValueError, KeyError, TypeError):
                raise ValueError(f"{path.name}, line {number} is not a line of the audit log") from None
            if digest(last, line) != said:
                raise ValueError(
                    f"{path.name}, line {number} is not as it was written, or what stood before it is gone"
                )
            last = said
            yield line


class AuditedSessions:
    """`contracts.sessions.Sessions`, whose answers are recorded before they are given."""

    def __init__(self, sessions: Sessions, audit: AuditLog) -> None:
        self._sessions = sessions
        self._audit = audit

    async def perform(self, principal: Principal, session_id: str, command: Command) -> Answer:
        """Run one turn and record what it read."""
        question = getattr(command, "content", None)
        facts: dict[str, Any] = {
            "session_id": session_id,
            "message_id": command.message_id,
            "question": self._audit.question(question),
        }
        try:
            answer = await self._sessions.perform(principal, session_id, command)
        except WorkbenchError as error:
            reason = error.extra.get("reason")
            if not isinstance(error, SessionNotFound):
                self._audit.keep(session_id, question)
            self._audit.write(principal, command.kind, **facts, decision=error.code, reason=reason)
            raise
        guard = answer.guard
        read = guard is not None and answer.sql_executed
        sql = answer.sql if read else None
        steps = [step.sql for step in answer.steps] if read else []
        self._audit.keep(session_id, question, [statement for statement in (sql, *steps) if statement])
        self._audit.write(
            principal,
            command.kind,
            **facts,
            turn_id=answer.turn_id,
            decision=_decision(answer),
            sql=self._audit.statement(sql),
            steps=[self._audit.statement(step) for step in steps] or None,
            tables=guard.tables if read and guard else None,
            columns=guard.columns if read and guard else None,
            row_policies=guard.row_policies if read and guard else None,
            rows=answer.row_count if read else None,
        )
        return answer

    async def result(self, principal: Principal, session_id: str, result_id: str) -> StoredResult:
        """Give a stored result and record that it was."""
        facts = {"session_id": session_id, "result_id": result_id}
        try:
            stored = await self._sessions.result(principal, session_id, result_id)
        except WorkbenchError as error:
            self._audit.write(principal, "result", **facts, decision=error.code)
            raise
        self._audit.write(principal, "result", **facts, decision="given", rows=stored.result.row_count)
        return stored

    async def delete(self, principal: Principal, session_id: str) -> None:
        """Delete a session with its texts here, and record that it was."""
        await self._remove(principal, principal, session_id, "delete")

    async def delete_all(self, principal: Principal, user_id: str) -> int:
        """Delete all sessions of a user with their texts here, and record each."""
        if user_id != principal.user_id and not principal.is_admin:
            self._audit.write(principal, "delete", of=user_id, decision=Forbidden.code)
            raise Forbidden("Only an admin may delete the sessions of another user.", field="user_id")
        owner = Principal(tenant_id=principal.tenant_id, user_id=user_id)
        deleted = 0
        while page := (await self._sessions.list(owner, limit=_AT_ONCE)).sessions:
            for info in page:
                with contextlib.suppress(SessionNotFound):
                    await self._remove(principal, owner, info.session_id, "delete")
                    deleted += 1
        return deleted

    async def expire(self, since: dt.datetime) -> int:
        """Delete the sessions that nothing was added to since then, and record each."""
        deleted = 0
        while unused := await self._sessions.unused(since, _AT_ONCE):
            for info in unused:
                owner = Principal(tenant_id=info.tenant_id, user_id=info.user_id)
                with contextlib.suppress(SessionNotFound):
                    await self._remove(owner, owner, info.session_id, "expire")
                    deleted += 1
        return deleted

    async def _remove(self, by: Principal, owner: Principal, session_id: str, action: str) -> None:
        of = owner.user_id if owner.user_id != by.user_id else None
        try:
            await self._sessions.get(owner, session_id)
            self._audit.forget(session_id)
            await self._sessions.delete(owner, session_id)
        except WorkbenchError as error:
            self._audit.write(by, action, session_id=session_id, of=of, decision=error.code)
            raise
        self._audit.write(by, action, session_id=session_id, of=of, decision="deleted")

    def __getattr__(self, name: str) -> Any:
        # What reads no data and ends nothing is not recorded.
        return getattr(self._sessions, name)


def _decision(answer: Answer) -> str:
    if answer.success:
        return "answered"
    return "asked_back" if answer.intent is Intent.CLARIFICATION else "not_answered"
