"""What the audit log says in someone's words, kept beside it so that it can be forgotten.

The log itself holds a keyed digest of each text and is never changed. The texts of a session are a file of their own,
under the session's id: when the session is deleted the file goes, and the digests in the log tell that something was said
and not what. Several processes may write the texts of one session."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.kept import kept_once

DIGESTED = "hmac-sha256:"


class Texts:
    """The texts in a folder that its owner alone reads. Raises OSError where they cannot be kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "texts"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._key = kept_once(folder / "key", lambda: secrets.token_bytes(32))

    def digest(self, text: str) -> str:
        """What stands for a text in the log."""
        return DIGESTED + hmac.new(self._key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def keep(self, session_id: str, texts: Mapping[str, str]) -> None:
        """Keep texts of a session by what stands for them; nothing is kept of a session that was forgotten."""
        gone, path = self._gone(session_id), self._path(session_id)
        if gone.exists():
            return
        raw = json.dumps(texts, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            if os.write(file, raw) != len(raw):
                raise OSError("a text was cut")
        finally:
            os.close(file)
        if gone.exists():  # it was forgotten meanwhile
            path.unlink(missing_ok=True)

    def forget(self, session_id: str) -> None:
        """Leave nothing of a session, also of what is still on its way to being kept."""
        self._gone(session_id).touch(mode=0o600)
        self._path(session_id).unlink(missing_ok=True)

    def of(self, session_id: str) -> dict[str, str]:
        """What is kept of a session, by what stands for it in the log."""
        found: dict[str, str] = {}
        with contextlib.suppress(FileNotFoundError):
            for line in self._path(session_id).read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValueError):
                    found |= json.loads(line)
        return {digest: text for digest, text in found.items() if digest == self.digest(text)}

    def told(self, line: Mapping[str, Any], kept: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A line of the log with its texts where they are kept; `kept` are those of its session where they are at hand."""
        if kept is None:
            kept = self.of(str(line.get("session_id", "")))

        def text_of(value: Any) -> Any:
            if isinstance(value, list):
                return [text_of(part) for part in value]
            return kept.get(value, value) if isinstance(value, str) else value

        return {name: text_of(value) for name, value in line.items()}

    def _path(self, session_id: str) -> Path:
        return self._folder / f"{_file_name(session_id)}.jsonl"

    def _gone(self, session_id: str) -> Path:
        return self._folder / f"{_file_name(session_id)}.gone"


def _file_name(session_id: str) -> str:
    return hashlib.sha256(session_id.encode("utf-8", "replace")).hexdigest()[:32]
