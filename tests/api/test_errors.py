from __future__ import annotations

import json

from api.errors import Close, close_code, codes, document, response
from deployments.contracts.errors import (
    Forbidden,
    InvalidRequest,
    MalformedRequest,
    MethodNotAllowed,
    Overloaded,
    SessionNotFound,
    SettingError,
    Unauthenticated,
)


def test_the_document_has_what_rfc_9457_and_the_contract_ask() -> None:
    found = document(InvalidRequest("No.", field="message", suggestions=("x",)), "r-1")
    assert found == {
        "type": "urn:bi-workbench:error:invalid_request",
        "title": "Invalid request",
        "status": 422,
        "detail": "No.",
        "code": "invalid_request",
        "success": False,
        "request_id": "r-1",
        "field": "message",
        "suggestions": ["x"],
    }


def test_what_an_error_carries_cannot_change_what_it_is() -> None:
    found = document(InvalidRequest("No.", code="other", success=True), "r-1")
    assert found["code"] == "invalid_request"
    assert found["success"] is False


def test_a_session_that_is_not_there_reads_the_same_whoever_owns_it() -> None:
    assert document(SessionNotFound("it is bob's", owner="bob"), "r") == document(SessionNotFound(), "r")


def test_what_passes_says_when_to_try_again() -> None:
    assert response(Overloaded(retry_after=9), "r").headers["retry-after"] == "9"
    assert response(Overloaded(), "r").headers["retry-after"] == "1"
    assert "retry-after" not in response(Forbidden(), "r").headers


def test_headers_go_with_the_status() -> None:
    assert response(Unauthenticated(), "r").headers["www-authenticate"] == 'Bearer realm="bi-workbench"'
    assert response(MethodNotAllowed(allow=["GET", "POST"]), "r").headers["allow"] == "GET, POST"
    assert json.loads(bytes(response(MalformedRequest(), "r").body))["status"] == 400


def test_every_code_that_can_reach_a_caller_is_listed_and_none_of_starting() -> None:
    assert {"unauthenticated", "session_not_found", "invalid_request", "internal"} <= codes().keys()
    assert SettingError.code not in codes()


def test_errors_end_a_socket_only_where_it_cannot_go_on() -> None:
    assert close_code(Unauthenticated()) is Close.UNAUTHENTICATED
    assert close_code(Forbidden()) is Close.FORBIDDEN
    assert close_code(SessionNotFound()) is Close.NOT_FOUND
    assert close_code(Overloaded()) is None
