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
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

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
    "a key id that is SQL": lambda: by_hand(HS | {"kid": "x' UNION SELECT 'key"}, claims(), "key"),
    "a key id that is a command": lambda: by_hand(HS | {"kid": "/dev/tcp/127.0.0.1|id"}, claims(), ""),
    "a key id that is an object": lambda: by_hand(HS | {"kid": {"$ne": None}}, claims()),
    "a key id with NUL, and no key": lambda: by_hand(HS | {"kid": "rsa\x00"}, claims(), "\x00"),
    "its own certificate": lambda: by_hand(HS | {"x5c": [part(b"certificate")]}, claims(), "x" * 32),
    "its own certificate's address": lambda: by_hand(HS | {"x5u": "file:///dev/null"}, claims(), ""),
    "the secret's digest for the secret": lambda: by_hand(HS, claims(), hashlib.sha256(SECRET.encode()).hexdigest()),
    "the secret without its last letter": lambda: by_hand(HS, claims(), SECRET[:-1]),
    "the algorithm in small letters": lambda: by_hand({"alg": "hs256"}, claims()),
    "the algorithm with a space": lambda: by_hand({"alg": "HS256 "}, claims()),
    "an algorithm that is null": lambda: by_hand({"alg": None}, claims()),
    "a header that is not UTF-8": lambda: by_hand(b'{"alg":"HS256","x":"\xff"}', claims()),
    "a header that nests deeply": lambda: by_hand(
        b'{"alg":"HS256","x":' + b"[" * 2_900 + b"]" * 2_900 + b"}", claims()
    ),
    "a payload that nests deeply": lambda: by_hand(HS, b'{"sub":' + b"[" * 2_000 + b"]" * 2_000 + b"}"),
    "a number with more digits than are read": lambda: by_hand(HS, b'{"exp":' + b"9" * 5_000 + b"}"),
    "an expiry before time": lambda: good(exp=-(10**18)),
    "a validity that is text": lambda: by_hand(HS, claims(nbf="now")),
    "an issue that is a list": lambda: by_hand(HS, claims(iat=[NOW])),
    "a subject that is half a letter": lambda: by_hand(HS, claims(sub="\ud83d")),
    "a tenant with a new line": lambda: good(tenant_id="acme\nadmin"),
    "a tenant that is true": lambda: good(tenant_id=True),
    "the payload's parts swapped": lambda: ".".join(good().split(".")[i] for i in (1, 0, 2)),
    "the signature twice": lambda: f"{good()}.{good().split('.')[2]}",
    "the signature of another": lambda: ".".join([*good(sub="bob").split(".")[:2], good().split(".")[2]]),
    "a token in a token": lambda: by_hand(HS | {"cty": "JWT"}, good().encode()),
    "an encrypted token's header": lambda: by_hand({"alg": "dir", "enc": "A128GCM"}, claims()),
}


# --- where the issuer has published keys --------------------------------------------------------------------------------

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
SIGNERS: dict[str, tuple[str, Any]] = {"rsa": ("RS256", RSA), "ec": ("ES256", EC), "ed": ("EdDSA", ED)}
PUBLISHED: dict[str, dict[str, Any]] = {
    "rsa": RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True),
    "ec": ECAlgorithm.to_jwk(EC.public_key(), as_dict=True),
    "ed": OKPAlgorithm.to_jwk(ED.public_key(), as_dict=True),
}


def jwks(*ids: str) -> dict[str, Any]:
    """The document of an issuer with these keys."""
    return {"keys": [PUBLISHED[name] | {"kid": name, "use": "sig"} for name in ids]}


def signed(name: str, **header: Any) -> str:
    """A token signed with a published key."""
    algorithm, key = SIGNERS[name]
    return jwt.encode(claims(), key, algorithm=algorithm, headers={"kid": name} | header)


def _public(form: serialization.PublicFormat, encoding: serialization.Encoding) -> str:
    return RSA.public_key().public_bytes(encoding, form).decode("latin-1")


def _retold(token: str, **header: Any) -> str:
    """The token with another header over the same payload and signature."""
    first, payload, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(first + "=="))
    return f"{part(told | header)}.{payload}.{signature}"


_PEM, _DER = serialization.Encoding.PEM, serialization.Encoding.DER
_SPKI, _PKCS1 = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1
_RSA_HS = {"alg": "HS256", "kid": "rsa"}

FORGED_BESIDE_KEYS: dict[str, Callable[[], str]] = {
    "the public key, PEM, for a secret": lambda: by_hand(_RSA_HS, claims(), _public(_SPKI, _PEM)),
    "the public key, PEM without its last line, for a secret": lambda: by_hand(
        _RSA_HS, claims(), _public(_SPKI, _PEM).rstrip("\n")
    ),
    "the public key, PKCS 1, for a secret": lambda: by_hand(_RSA_HS, claims(), _public(_PKCS1, _PEM)),
    "the public key, DER, for a secret": lambda: by_hand(_RSA_HS, claims(), _public(_SPKI, _DER)),
    "the public key, JSON, for a secret": lambda: by_hand(_RSA_HS, claims(), json.dumps(jwks("rsa")["keys"][0])),
    "the public key's modulus for a secret": lambda: by_hand(_RSA_HS, claims(), PUBLISHED["rsa"]["n"]),
    "a stranger's key of the same id": lambda: jwt.encode(
        claims(),
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
        algorithm="RS256",
        headers={"kid": "rsa"},
    ),
    "a stranger's key that it brings": lambda: jwt.encode(
        claims(),
        (key := ed25519.Ed25519PrivateKey.generate()),
        algorithm="EdDSA",
        headers={"kid": "ed", "jwk": OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)},
    ),
    "the id of another kind of key": lambda: signed("ec", kid="rsa"),
    "an id that is not published": lambda: signed("rsa", kid="other"),
    "an id that is a path to the keys": lambda: signed("rsa", kid="../jwks.json#rsa"),
    "another algorithm for the same key": lambda: jwt.encode(claims(), RSA, algorithm="PS256", headers={"kid": "rsa"}),
    "a longer digest for the same key": lambda: jwt.encode(claims(), RSA, algorithm="RS512", headers={"kid": "rsa"}),
    "an algorithm that is told afterwards": lambda: _retold(signed("ec"), alg="RS256", kid="rsa"),
    "no algorithm that is told afterwards": lambda: _retold(signed("rsa"), alg="none"),
    "a signature of zeros": lambda: ".".join([*signed("ec").split(".")[:2], part(bytes(64))]),
    "a signature of nothing": lambda: ".".join([*signed("ed").split(".")[:2], ""]),
}
"""What is tried where public keys are in use beside a secret."""
