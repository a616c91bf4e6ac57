"""A JSON Web Token becomes a Principal, or Unauthenticated says why not. Nothing here repeats a token."""

from __future__ import annotations

import datetime as dt
import math
import secrets
import time
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jwt
from jwt.types import Options

from api.kept import kept_once
from api.keys import KeySet
from api.settings import Settings, secrets_of
from deployments.contracts.errors import SettingError, Unauthenticated
from deployments.contracts.identity import Principal

MAX_TOKEN_CHARACTERS = 8_192
MAX_NAME_CHARACTERS = 255
MIN_SECRET_BYTES = 32


class Authenticator:
    """Checks tokens against the configured keys. The algorithm is one of the configured ones and picks the kind of
    key, so that a public key can never pass for a secret."""

    def __init__(self, settings: Settings) -> None:
        self._algorithms = settings.algorithms
        self._leeway = settings.leeway_seconds
        self._issuer = settings.issuer
        self._audience = settings.audience
        self._secrets = signing_secrets(settings) if "HS256" in settings.algorithms else ()
        asymmetric = [name for name in settings.algorithms if name != "HS256"]
        if asymmetric and settings.jwks is None:
            raise SettingError(f"BI_WORKBENCH_JWKS is needed to check {', '.join(asymmetric)} tokens.")
        self._keys = KeySet(settings.jwks, settings.jwks_seconds) if asymmetric and settings.jwks else None

    def authenticate(self, token: str) -> Principal:
        """The caller that a token speaks for. May fetch keys, so it belongs in a thread where a JWKS URL is set.
        Raises Unauthenticated; KeysUnavailable where keys cannot be fetched."""
        if not token or len(token) > MAX_TOKEN_CHARACTERS:
            raise Unauthenticated("The token is missing or too long.")
        try:
            header = jwt.get_unverified_header(token)
            algorithm = header.get("alg")
            if algorithm not in self._algorithms:
                raise Unauthenticated("The token is signed with an algorithm that is not accepted here.")
            return principal_of(self._verified(token, algorithm, header.get("kid")))
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise Unauthenticated(_reason(error)) from None

    def may_block(self, token: str) -> bool:
        """Whether `authenticate` would wait for the network."""
        if self._keys is None or not self._keys.remote or len(token) > MAX_TOKEN_CHARACTERS:
            return False
        try:
            return self._keys.would_ask(jwt.get_unverified_header(token).get("kid"))
        except (jwt.PyJWTError, ValueError, TypeError):
            return False

    def _verified(self, token: str, algorithm: str, key_id: str | None) -> dict[str, Any]:
        options: Options = {
            "require": ["sub", "tenant_id", "exp"],
            "verify_aud": self._audience is not None,
            "verify_iss": self._issuer is not None,
            "enforce_minimum_key_length": True,
        }
        candidates: Sequence[Any] = self._secrets
        if algorithm != "HS256":
            candidates = self._keys.candidates(algorithm, key_id) if self._keys else ()
        refusal: jwt.PyJWTError = jwt.InvalidSignatureError()
        for key in candidates:
            try:
                return jwt.decode(
                    token,
                    key,
                    algorithms=[algorithm],
                    options=options,
                    audience=self._audience,
                    issuer=self._issuer,
                    leeway=self._leeway,
                )
            except jwt.InvalidSignatureError as error:
                refusal = error
        raise refusal


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """The principal that verified claims describe. Raises Unauthenticated where a claim has the wrong type."""
    roles = claims.get("roles") or ()
    attributes = claims.get("attributes") or {}
    if not isinstance(roles, list | tuple) or not all(isinstance(role, str) for role in roles):
        raise Unauthenticated("The token's 'roles' must be a list of strings.")
    if not isinstance(attributes, dict):
        raise Unauthenticated("The token's 'attributes' must be an object.")
    expiry = claims.get("exp")
    if isinstance(expiry, bool) or not isinstance(expiry, int | float) or not math.isfinite(expiry):
        raise Unauthenticated("The token's 'exp' must be a number of seconds.")
    return Principal(
        tenant_id=_name(claims, "tenant_id"),
        user_id=_name(claims, "sub"),
        roles=frozenset(roles),
        attributes=attributes,
        expires_at=dt.datetime.fromtimestamp(expiry, dt.UTC),
    )


def _name(claims: Mapping[str, Any], claim: str) -> str:
    value = claims.get(claim)
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_NAME_CHARACTERS:
        raise Unauthenticated(f"The token's '{claim}' must be a string of 1 to {MAX_NAME_CHARACTERS} characters.")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in value):
        raise Unauthenticated(f"The token's '{claim}' holds characters that a name cannot have.")
    return value


def _reason(error: Exception) -> str:
    match error:
        case jwt.ExpiredSignatureError():
            return "The token has expired."
        case jwt.ImmatureSignatureError():
            return "The token is not valid yet."
        case jwt.MissingRequiredClaimError():
            return f"The token lacks the claim '{error.claim}'."
        case jwt.InvalidAudienceError():
            return "The token is meant for another audience."
        case jwt.InvalidIssuerError():
            return "The token comes from another issuer."
        case jwt.InvalidSignatureError():
            return "The token's signature is not valid."
        case _:
            return "The token cannot be read."


def signing_secrets(settings: Settings) -> tuple[str, ...]:
    """The HS256 secrets, the signing one first: the configured ones, or the one kept in the state folder, which is
    made at first use and readable by its owner alone. Raises SettingError."""
    if settings.secret is not None:
        return secrets_of(settings.secret)
    path = settings.state / "secret"
    try:
        settings.state.mkdir(parents=True, exist_ok=True)
        return (_kept_secret(path),)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not text"
        raise SettingError(f"The secret {path} cannot be used: {reason}.") from None


def _kept_secret(path: Path) -> str:
    found = kept_once(path, lambda: secrets.token_urlsafe(48).encode()).decode().strip()
    if len(found.encode()) < MIN_SECRET_BYTES:
        raise SettingError(f"The secret {path} is shorter than {MIN_SECRET_BYTES} bytes; remove it to make a new one.")
    return found


def sign(
    secret: str,
    *,
    tenant_id: str,
    user_id: str,
    roles: Sequence[str] = (),
    lifetime: dt.timedelta,
    issuer: str | None = None,
    audience: str | None = None,
) -> str:
    """An HS256 token for a caller."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "sub": user_id,
        "tenant_id": tenant_id,
        "iat": now,
        "exp": now + int(lifetime.total_seconds()),
    }
    claims |= {"roles": list(roles)} if roles else {}
    claims |= {"iss": issuer} if issuer else {}
    claims |= {"aud": audience} if audience else {}
    return jwt.encode(claims, secret, algorithm="HS256")


def bearer(values: Sequence[str]) -> str:
    """The token of the Authorization headers of a request. Raises Unauthenticated where there is not exactly one."""
    if not values:
        raise Unauthenticated("Send a token: Authorization: Bearer <JWT>.")
    if len(values) > 1:
        raise Unauthenticated("Send one Authorization header.")
    scheme, _, token = values[0].strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send a token: Authorization: Bearer <JWT>.")
    return token.strip()


def socket_token(headers: Sequence[str], subprotocols: Sequence[str], query: Sequence[str]) -> str:
    """The token of a WebSocket handshake, from the Authorization header, the subprotocol pair `bearer, <JWT>` or
    `?token=`, the first that is there. Raises Unauthenticated."""
    if headers:
        return bearer(headers)
    if len(subprotocols) == 2 and subprotocols[0].lower() == "bearer":
        return subprotocols[1]
    if len(query) == 1:
        return query[0]
    raise Unauthenticated("Send a token: ?token=<JWT>, an Authorization header, or the subprotocols bearer, <JWT>.")
