"""Requests made from the OpenAPI document, good and bad: every response is one that the document promises."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from actors.local import LocalSessions
from api.routes import OPERATIONS
from tests.api.conftest import SESSIONS, bearer

EXAMPLES = 12
# What is text to a person is not all that a JSON schema's string is: control characters are refused.
NOT_PROMISED = ("positive_data_acceptance",)


def check(address: str, name: str, mode: GenerationMode, known: dict[str, str]) -> int:
    """Send generated requests of one operation; the number sent. Raises what does not conform."""
    schema = schemathesis.openapi.from_url(f"http://{address}/openapi.json")
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    (operation,) = [item for item in found if item.definition.raw["operationId"] == name]
    wanted = {key: value for key, value in known.items() if "{" + key + "}" in operation.path}
    sent = 0

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode, path_parameters=wanted or None))
    def each(case: Any) -> None:
        nonlocal sent
        sent += 1
        case.call_and_validate(
            headers=bearer(), excluded_checks=[CHECKS.get_one(check_name) for check_name in NOT_PROMISED]
        )

    try:
        each()
    except Exception as error:
        if "cannot be negated" in str(error) or type(error).__name__ in {"Unsatisfiable", "SkipTest"}:
            return sent
        raise
    return sent


@pytest.fixture
async def known(sessions: LocalSessions, client: httpx.AsyncClient) -> dict[str, str]:
    session_id = (await client.post(SESSIONS, json={})).json()["session_id"]
    asked = await client.post(f"{SESSIONS}/{session_id}/messages", json={"message": "revenue by country"})
    return {"session_id": session_id, "result_id": asked.json()["result_id"]}


@pytest.mark.parametrize("name", sorted({operation.name for operation in OPERATIONS} - {"get_openapi"}))
async def test_what_comes_back_is_what_the_document_promises(address: str, known: dict[str, str], name: str) -> None:
    if name == "delete_session":
        known = {}
    assert await asyncio.to_thread(check, address, name, GenerationMode.POSITIVE, known) > 0
    await asyncio.to_thread(check, address, name, GenerationMode.NEGATIVE, known)
