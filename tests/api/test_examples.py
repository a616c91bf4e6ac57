"""Every example of the OpenAPI document is sent, in the order of a conversation, and what comes back fits its schema."""

from __future__ import annotations

from typing import Any

import httpx
from jsonschema import Draft202012Validator

from tests.api.conftest import bearer
from tests.api.test_whole import real

__all__ = ["real"]

ORDER = (
    "create_session", "send_message", "refine_query", "change_visualization", "undo", "redo", "run_again",
    "branch_session", "give_feedback", "change_session",
)  # fmt: skip
BODILESS = {"undo", "redo", "run_again"}


async def test_every_example_of_the_document_works_and_its_answer_fits_the_schema(real: httpx.AsyncClient) -> None:
    document: dict[str, Any] = (await real.get("/openapi.json")).json()
    operations = {
        operation["operationId"]: (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    with_body = {name for name, (_, _, operation) in operations.items() if "requestBody" in operation}
    assert with_body == set(ORDER), "each operation that takes a body has its turn here"
    given: dict[str, str] = {}
    for name in ORDER:
        method, path, operation = operations[name]
        body = operation["requestBody"]["content"]["application/json"].get("example")
        assert (body is None) == (name in BODILESS), f"{name} has an example"
        response = await real.request(
            method, path.format(**given), json=body or {}, headers=bearer("user-456", "acme-corp")
        )  # fmt: skip
        assert response.is_success, f"{name}: {response.text}"
        described = operation["responses"][str(response.status_code)]
        if "content" in described:
            schema = described["content"]["application/json"]["schema"] | {"components": document["components"]}
            Draft202012Validator(schema).validate(response.json())
        if name == "create_session":
            given["session_id"] = response.json()["session_id"]
        if name == "send_message":
            assert response.json()["success"]
            # The examples that follow speak of a message of this id.
            await real.post(
                path.format(**given), json=body | {"message_id": "msg-1"}, headers=bearer("user-456", "acme-corp")
            )
            given["message_id"] = "msg-1"
