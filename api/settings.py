"""Every setting of the server, documented once. `BI_WORKBENCH_<NAME>` in the environment sets it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from deployments.contracts.errors import SettingError

PREFIX = "BI_WORKBENCH_"
ALGORITHMS = ("HS256", "RS256", "ES256", "EdDSA")


class Settings(BaseModel):
    """What the server was told. A value that cannot be used is refused at start, by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on. 0.0.0.0 opens it to the network.")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on.")
    data: str = Field("demo", description="DuckDB, CSV or Parquet file, a folder of them, or `demo`.")
    model: str | None = Field(None, description="Semantic model file (Ossie or Snowflake YAML); inferred where absent.")
    tenants: Path | None = Field(
        None,
        description="YAML file of the tenants that have data of their own: `acme: {data: acme.duckdb, model: acme.yaml}`.",
    )
    state: Path = Field(
        default_factory=lambda: Path.home() / ".bi-workbench",
        description="Folder of the journal, the demo data and the generated secret.",
    )
    secret: SecretStr | None = Field(
        None,
        description="HS256 secret of 32 bytes or more; several, separated by commas, are all accepted (rotation) and "
        "the first signs. Without it, `secret` in the state folder, made at first use.",
    )
    algorithms: tuple[str, ...] = Field(
        ("HS256",), description="Token algorithms accepted, separated by commas: HS256, RS256, ES256, EdDSA."
    )
    jwks: str | None = Field(None, description="JWKS file or https URL with the public keys for RS256, ES256, EdDSA.")
    jwks_seconds: int = Field(300, ge=1, description="How long fetched keys are kept. An unknown key id asks sooner.")
    issuer: str | None = Field(None, description="Required `iss` of tokens; not checked where absent.")
    audience: str | None = Field(None, description="Required `aud` of tokens; not checked where absent.")
    leeway_seconds: int = Field(30, ge=0, le=300, description="Tolerated difference of clocks in `exp`, `nbf`, `iat`.")
    body_bytes: int = Field(
        65_536, ge=1024, description="Largest request body, and largest frame from a WebSocket client."
    )
    question_characters: int = Field(4_000, ge=1, description="Longest message or refinement.")
    socket_outstanding: int = Field(16, ge=1, description="Messages of one WebSocket that may wait for an answer.")
    socket_send_seconds: float = Field(
        30.0, gt=0, description="A WebSocket client that takes no data for so long is cut."
    )
    send_seconds: float = Field(
        30.0,
        gt=0,
        description="A client that takes nothing of a response for so long is cut, and one that takes less than 32 KiB a second.",
    )
    header_seconds: int = Field(
        15, ge=1, description="Request headers that take longer to arrive are given up, by the proxy that Ray starts."
    )
    body_seconds: float = Field(20.0, gt=0, description="A request body that takes longer to arrive is given up.")
    user_requests_per_minute: int = Field(
        6_000,
        ge=0,
        description="Requests and messages of one user; what ten seconds give may come at once. 0: no limit.",
    )
    tenant_requests_per_minute: int = Field(
        60_000, ge=0, description="Requests and messages of all users of a tenant together. 0: no limit."
    )
    user_requests_open: int = Field(
        256, ge=1, description="Requests of one user that may be under way; downloads and pictures among them: 8."
    )
    user_sockets: int = Field(32, ge=1, description="WebSockets of one user that may be open.")
    turns: int = Field(
        0,
        ge=0,
        description="Questions of several tenants that are worked on at once, of one tenant at most three quarters of them; "
        "a tenant that is alone has four times as many. 0: as many as there are processors, at least 2.",
    )
    turns_waiting: int = Field(
        64,
        ge=0,
        description="Questions of one tenant that may wait for their turn; what comes beyond is told to come again.",
    )
    turns_waiting_seconds: float = Field(
        5.0, gt=0, description="How long a question may wait for its turn before it is told to come again."
    )
    session_days: float = Field(
        0,
        ge=0,
        description="Days after which a session that nobody uses is deleted with all that is kept of it. 0: never.",
    )
    audit: Path | None = Field(None, description="Folder of the audit log; `audit` in the state folder where absent.")
    audit_questions: Literal["digest", "text", "none"] = Field(
        "digest",
        description="How questions stand in the audit log: as a keyed `digest`, as `text` until the session is deleted, or not at all (`none`).",
    )
    log_texts: bool = Field(
        False,
        description="Whether questions and the texts of errors may stand in the server's logs. It is read from the environment of every process.",
    )
    fork_workers: bool = Field(
        False,
        description="With `serve` on Linux: fork the processes of sessions from one that has imported what they need. They begin sooner and share most of their memory.",
    )
    cors_origins: tuple[str, ...] = Field(
        (), description="Origins of browser pages that may call, separated by commas."
    )

    @field_validator("algorithms", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("algorithms")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or any(name not in ALGORITHMS for name in value):
            raise ValueError(f"expected some of {', '.join(ALGORITHMS)}")
        return value

    @field_validator("secret")
    @classmethod
    def _long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and any(len(part.encode()) < 32 for part in secrets_of(value)):
            raise ValueError("each secret needs 32 bytes or more")
        return value

    @field_validator("state", "audit", "tenants")
    @classmethod
    def _home(cls, value: Path | None) -> Path | None:
        return value.expanduser() if value is not None else None

    @field_validator("jwks")
    @classmethod
    def _fetched_safely(cls, value: str | None) -> str | None:
        if value and value.startswith("http://") and not value.startswith(("http://127.0.0.1", "http://localhost")):
            raise ValueError("keys are fetched over https")
        return value


def secrets_of(value: SecretStr) -> tuple[str, ...]:
    """The secrets in a comma separated list, the signing one first."""
    return tuple(part.strip() for part in value.get_secret_value().split(","))


def load(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """The settings from the environment, over which `given` (command line, Serve arguments; None is not given) wins.
    Raises SettingError naming the variable."""
    found = os.environ if environment is None else environment
    named = {name: found[variable] for name in Settings.model_fields if (variable := PREFIX + name.upper()) in found}
    chosen = {name: value for name, value in named.items() if value != ""}
    chosen |= {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**chosen)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        says = first["msg"].removeprefix("Value error, ")
        raise SettingError(f"{PREFIX}{name.upper()}: {says}.", field=name) from None
