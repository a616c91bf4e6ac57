"""The public keys that tokens are checked with: a JWKS from a file or a URL, cached, rotated keys picked up."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import jwt

from deployments.contracts.errors import KeysUnavailable, SettingError

FETCH_SECONDS = 5.0
ASK_AGAIN_SECONDS = 10.0
MAX_BYTES = 1_000_000
KEY_TYPES = {"RS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}


class KeySet:
    """Keys by id. They are read again when they are older than `lifetime` seconds, or when a token names a key id
    that is not among them, but not more often than every ten seconds: a stranger's token cannot make us hammer the
    issuer. When a fetch fails, the keys at hand stay in use, and only those wait for a fetch who have no key at hand."""

    def __init__(self, source: str, lifetime: float) -> None:
        self.remote = source.startswith(("https://", "http://"))
        self._source = source
        self._lifetime = lifetime
        self._asking = threading.Lock()
        self._keys: tuple[jwt.PyJWK, ...] = ()
        self._read_at = -float("inf")
        self._tried_at = -float("inf")
        if not self.remote:
            self._refresh()

    def would_ask(self, key_id: str | None) -> bool:
        """Whether `candidates` would now read the keys, or wait for who does."""
        return self._is_due(key_id) or (self._asking.locked() and self._is_unknown(key_id))

    def _is_due(self, key_id: str | None) -> bool:
        now = time.monotonic()
        stale = now - self._read_at > self._lifetime
        return (stale or self._is_unknown(key_id)) and now - self._tried_at > ASK_AGAIN_SECONDS

    def _is_unknown(self, key_id: str | None) -> bool:
        keys = self._keys
        return not keys or (key_id is not None and all(key.key_id != key_id for key in keys))

    def candidates(self, algorithm: str, key_id: str | None) -> list[Any]:
        """The keys that may have signed: of the algorithm's kind and, where the token names one, of that id.
        Raises KeysUnavailable where none were ever read."""
        if self.would_ask(key_id):
            with self._asking:
                if self._is_due(key_id):
                    self._refresh_or_keep()
        if not self._keys:
            raise KeysUnavailable(retry_after=int(ASK_AGAIN_SECONDS))
        return [
            key.key
            for key in self._keys
            if key.key_type == KEY_TYPES[algorithm]
            and key.algorithm_name == algorithm
            and (key_id is None or key.key_id is None or key.key_id == key_id)
        ]

    def _refresh_or_keep(self) -> None:
        try:
            self._refresh()
        except SettingError:
            if not self._keys:
                raise KeysUnavailable(retry_after=int(ASK_AGAIN_SECONDS)) from None

    def _refresh(self) -> None:
        self._tried_at = time.monotonic()
        try:
            self._keys = _read(self._text())
        except (OSError, httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SettingError(f"BI_WORKBENCH_JWKS: {self._source} cannot be used ({type(error).__name__}).") from None
        self._read_at = time.monotonic()

    def _text(self) -> str:
        if not self.remote:
            return Path(self._source).read_text()
        until = time.monotonic() + FETCH_SECONDS
        found = b""
        with httpx.stream("GET", self._source, timeout=FETCH_SECONDS, follow_redirects=False) as response:
            response.raise_for_status()
            for chunk in response.iter_bytes():
                found += chunk
                if len(found) > MAX_BYTES or time.monotonic() > until:
                    raise ValueError("too much, or too slow")
        return found.decode()


def _read(text: str) -> tuple[jwt.PyJWK, ...]:
    found = tuple(key for entry in json.loads(text)["keys"] if (key := _usable(entry)))
    if not found:
        raise ValueError("no key for signatures")
    return found


def _usable(entry: dict[str, Any]) -> jwt.PyJWK | None:
    # A symmetric key has no business in a JWKS; a kind that is not known here is not an error for the others.
    if entry.get("kty") not in KEY_TYPES.values() or entry.get("use", "sig") != "sig":
        return None
    try:
        return jwt.PyJWK(entry)
    except jwt.PyJWTError:
        return None
