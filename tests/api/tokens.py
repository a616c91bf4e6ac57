"""Tokens that must not be believed, each made the way that who forges one would make it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt

from tests.api.conftest import SECRET

NOW = int(time.time())


def claims(**changed: Any) -> dict[str, Any]:
    """The claims of a good token, with some changed; None takes one away."""
    good = {"sub": "ann", "tenant_id": "acme", "exp": NOW + 3600} | changed
    return {name: value for name, value in good.items() if value is not None}


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(header: Any, payload: Any, key: str = SECRET) -> str:
    """A token with a right HS256 signature over whatever header and payload."""
    signed = f"{part(header)}.{part(payload)}"
    digest = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{part(digest)}"


def good(**changed: Any) -> str:
    return jwt.encode(claims(**changed), SECRET, algorithm="HS256")


def expired() -> str:
    return good(exp=NOW - 120)


def _tampered() -> str:
    header, _, signature = good().split(".")
    return f"{header}.{part(claims(tenant_id='other'))}.{signature}"


def _unsigned(algorithm: str) -> str:
    return f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims())}."


HS = {"alg": "HS256", "typ": "JWT"}

FORGED: dict[str, Callable[[], str]] = {
    "no algorithm": lambda: _unsigned("none"),
    "no algorithm, spelled otherwise": lambda: _unsigned("nOnE"),
    "no algorithm, with a signature": lambda: by_hand({"alg": "none"}, claims()),
    "HS256 without a signature": lambda: _unsigned("HS256"),
    "an algorithm that is not configured": lambda: jwt.encode(claims(), SECRET * 2, algorithm="HS512"),
    "an algorithm that does not exist": lambda: by_hand({"alg": "HS257"}, claims()),
    "an algorithm that is a list": lambda: by_hand({"alg": ["HS256"]}, claims()),
    "a header without algorithm": lambda: by_hand({"typ": "JWT"}, claims()),
    "a header that is a list": lambda: by_hand([], claims()),
    "another secret": lambda: by_hand(HS, claims(), "another-secret-of-more-than-32-bytes-long"),
    "an empty secret": lambda: by_hand(HS, claims(), ""),
    "a changed payload": _tampered,
    "a cut signature": lambda: good()[:-4],
    "a key id that is a path": lambda: by_hand(HS | {"kid": "../../../dev/null"}, claims(), ""),
    "its own key": lambda: by_hand(HS | {"jwk": {"kty": "oct", "k": part(b"x" * 32)}}, claims(), "x" * 32),
    "its own key's address": lambda: by_hand(HS | {"jku": "https://example.com/jwks"}, claims(), "x" * 32),
    "a critical extension": lambda: by_hand(HS | {"crit": ["exp2"], "exp2": 1}, claims()),
    "a detached payload": lambda: by_hand(HS | {"b64": False, "crit": ["b64"]}, claims()),
    "expired": expired,
    "no expiry": lambda: good(exp=None),
    "an expiry that is text": lambda: by_hand(HS, claims(exp=str(NOW + 3600))),
    "an expiry that is true": lambda: by_hand(HS, claims(exp=True)),
    "an expiry that never comes": lambda: by_hand(HS, claims(exp=1e300)),
    "an expiry that is no number": lambda: by_hand(HS, json.dumps(claims(exp=0)).replace("0}", "NaN}").encode()),
    "not valid yet": lambda: good(nbf=NOW + 3600),
    "issued in the future": lambda: good(iat=NOW + 3600),
    "no subject": lambda: good(sub=None),
    "an empty subject": lambda: good(sub=""),
    "a blank subject": lambda: good(sub="  "),
    "a subject that is a number": lambda: by_hand(HS, claims(sub=7)),
    "a subject that is a list": lambda: by_hand(HS, claims(sub=["ann"])),
    "a subject with NUL": lambda: good(sub="ann\x00"),
    "a subject that is long": lambda: good(sub="a" * 256),
    "no tenant": lambda: good(tenant_id=None),
    "an empty tenant": lambda: good(tenant_id=""),
    "a tenant that is an object": lambda: good(tenant_id={"id": "acme"}),
    "a tenant that is a list": lambda: good(tenant_id=["acme", "other"]),
    "roles that are an object": lambda: good(roles={"admin": True}),
    "roles that are one word": lambda: good(roles="admin"),
    "roles that are numbers": lambda: good(roles=[1]),
    "attributes that are a list": lambda: good(attributes=["region"]),
    "a payload that is a list": lambda: by_hand(HS, []),
    "a payload that is text": lambda: by_hand(HS, "acme"),
    "a payload that is not JSON": lambda: by_hand(HS, b"{"),
    "a payload that is not UTF-8": lambda: by_hand(HS, b"\xff\xfe"),
    "two parts": lambda: ".".join(good().split(".")[:2]),
    "five parts, as if encrypted": lambda: "a.b.c.d.e",
    "a token that is long": lambda: good(more="x" * 10_000),
    "no base64": lambda: "ä.ö.ü".encode().decode("latin-1"),
    "nothing between dots": lambda: "..",
}
