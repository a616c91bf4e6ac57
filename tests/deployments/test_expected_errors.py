from __future__ import annotations

import logging

import pytest

from deployments.contracts.errors import Internal, QueryTimeout
from deployments.expected_errors import say_expected_errors_shortly


def log_of(error: Exception, caplog: pytest.LogCaptureFixture) -> str:
    serve = logging.getLogger("ray.serve")
    before = serve.propagate
    serve.propagate = True
    try:
        _fail(error)
    except Exception:
        serve.exception("Request failed.")
    finally:
        serve.propagate = before
    return caplog.text


def _fail(error: Exception) -> None:
    raise error


@pytest.fixture(autouse=True)
def _installed() -> None:
    say_expected_errors_shortly()
    say_expected_errors_shortly()
    logging.getLogger("ray.serve").setLevel(logging.INFO)


def test_what_a_caller_is_told_is_one_line_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    said = log_of(QueryTimeout("salaries of everyone took too long"), caplog)
    assert "query_timeout" in said
    assert "Traceback" not in said
    assert "salaries" not in said


@pytest.mark.parametrize("defect", [Internal(), ZeroDivisionError("oh")])
def test_a_defect_keeps_its_traceback(defect: Exception, caplog: pytest.LogCaptureFixture) -> None:
    assert "Traceback" in log_of(defect, caplog)
