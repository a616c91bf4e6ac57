"""One error tree. Every error has a stable `code`, an HTTP `status`, and a text built from its attributes.

    WorkbenchError
    ├── Unauthenticated                401
    ├── Forbidden                      403
    ├── SessionNotFound                404
    ├── ResultNotFound                 404
    ├── NotFound                       404
    ├── MethodNotAllowed               405
    ├── NotAcceptable                  406
    ├── NoPreviousQuery                409
    ├── TurnInProgress                 409
    ├── SessionFull                    409
    ├── TooManySessions                409
    ├── TurnCancelled                  409
    ├── ResultExpired                  410
    ├── PayloadTooLarge                413
    ├── InvalidRequest                 400 (unreadable) or 422 (readable, not valid)
    ├── ChartNotApplicable             422
    ├── QueryRefused                   422
    ├── InvalidQuery                   422  the typed question does not fit the model
    ├── RateLimited                    429 + Retry-After
    ├── Overloaded                     503 + Retry-After
    ├── WarehouseUnavailable           503 + Retry-After
    ├── JournalUnavailable             503 + Retry-After
    ├── AgentUnavailable               503 + Retry-After
    ├── KeysUnavailable                503 + Retry-After
    ├── QueryTimeout                   504
    ├── Internal                       500
    └── SetupError                     raised while starting; on the command line one line and exit status 2
        ├── DataError                      the data cannot be opened
        ├── ModelError                     the model file is not valid, with its line
        └── SettingError                   a setting is not valid

Errors cross process boundaries, so they pickle by their attributes.
"""

from __future__ import annotations

from typing import Any, ClassVar


class WorkbenchError(Exception):
    """Something went wrong that the caller can be told about. `detail` never holds secrets or a traceback.

    `suggestions` are the nearest valid things; `retry_after` is in seconds; `extra` joins the problem document."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"

    def __init__(
        self,
        detail: str = "",
        *,
        suggestions: tuple[str, ...] = (),
        retry_after: int | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.suggestions = suggestions
        self.retry_after = retry_after
        self.extra = extra

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.detail, self.suggestions, self.retry_after, self.extra)


def _rebuild(
    kind: type[WorkbenchError],
    detail: str,
    suggestions: tuple[str, ...],
    retry_after: int | None,
    extra: dict[str, Any],
) -> WorkbenchError:
    return kind(detail, suggestions=suggestions, retry_after=retry_after, **extra)


class Unauthenticated(WorkbenchError):
    """No token, or one that cannot be trusted."""

    code, status, title = "unauthenticated", 401, "Authentication required"


class Forbidden(WorkbenchError):
    """The caller is known and may not do this."""

    code, status, title = "forbidden", 403, "Not allowed"


class SessionNotFound(WorkbenchError):
    """No such session, or another's: the two are not told apart."""

    code, status, title = "session_not_found", 404, "No such session"


class ResultNotFound(WorkbenchError):
    """No such result in this session."""

    code, status, title = "result_not_found", 404, "No such result"


class MessageNotFound(WorkbenchError):
    """No such message in this session, or its turn has not ended."""

    code, status, title = "message_not_found", 404, "No such message"


class NotFound(WorkbenchError):
    """No such path, or no such thing under it."""

    code, status, title = "not_found", 404, "Not found"


class MethodNotAllowed(WorkbenchError):
    """The path exists, the method does not."""

    code, status, title = "method_not_allowed", 405, "Method not allowed"


class NotAcceptable(WorkbenchError):
    """The result cannot be given in the form asked for."""

    code, status, title = "not_acceptable", 406, "Not available in this format"


class NoPreviousQuery(WorkbenchError):
    """A refinement needs a query to refine."""

    code, status, title = "no_previous_query", 409, "There is no previous query"


class TurnInProgress(WorkbenchError):
    """Too many turns already wait in this session."""

    code, status, title = "turn_in_progress", 409, "A turn is in progress"


class SessionFull(WorkbenchError):
    """The session holds as many messages as one may."""

    code, status, title = "session_full", 409, "The conversation has become too long"


class TooManySessions(WorkbenchError):
    """The user has as many sessions as one may."""

    code, status, title = "too_many_sessions", 409, "Too many sessions"


class TurnCancelled(WorkbenchError):
    """The turn was cancelled before it had an answer."""

    code, status, title = "turn_cancelled", 409, "The turn was cancelled"


class ResultExpired(WorkbenchError):
    """The result's rows are no longer kept."""

    code, status, title = "result_expired", 410, "The result has expired"


class PayloadTooLarge(WorkbenchError):
    """The body or frame is larger than allowed."""

    code, status, title = "payload_too_large", 413, "Too large"


class InvalidRequest(WorkbenchError):
    """The request cannot be read (400) or is not valid (422); `field` names what is wrong where one thing is."""

    code, status, title = "invalid_request", 422, "Invalid request"


class MalformedRequest(InvalidRequest):
    """The body is not JSON."""

    status = 400


class ChartNotApplicable(WorkbenchError):
    """The chart type does not fit the result; `suggestions` are the types that do."""

    code, status, title = "chart_not_applicable", 422, "That chart does not fit this result"


class QueryRefused(WorkbenchError):
    """The guard does not let the statement through; `reason` is its stable word."""

    code, status, title = "query_refused", 422, "The query was refused"


class InvalidQuery(WorkbenchError):
    """The typed question names what the model lacks, or cannot be computed without a wrong number."""

    code, status, title = "invalid_query", 422, "The query does not fit the data model"


class RateLimited(WorkbenchError):
    """The caller, or all of their tenant, has sent more than is let through; `retry_after` says when to come again."""

    code, status, title = "rate_limited", 429, "Too many requests"


class Overloaded(WorkbenchError):
    """More is running than may run."""

    code, status, title = "overloaded", 503, "Too busy"


class WarehouseUnavailable(WorkbenchError):
    """The data cannot be reached."""

    code, status, title = "warehouse_unavailable", 503, "The data cannot be reached"


class JournalUnavailable(WorkbenchError):
    """The journal cannot be written or read; nothing was acknowledged."""

    code, status, title = "journal_unavailable", 503, "The journal cannot be reached"


class AgentUnavailable(WorkbenchError):
    """An agent does not answer."""

    code, status, title = "agent_unavailable", 503, "An agent does not answer"


class KeysUnavailable(WorkbenchError):
    """The keys that tokens are checked with cannot be fetched."""

    code, status, title = "keys_unavailable", 503, "Tokens cannot be checked now"


class QueryTimeout(WorkbenchError):
    """The query ran longer than allowed and was interrupted."""

    code, status, title = "query_timeout", 504, "The query took too long"


class Internal(WorkbenchError):
    """A defect of ours; the log has the rest under the request's id."""

    code, status, title = "internal", 500, "Something went wrong"


class SetupError(WorkbenchError):
    """The server cannot start as asked."""

    code, status, title = "setup_failed", 500, "Cannot start"


class DataError(SetupError):
    """The data cannot be opened."""

    code, title = "data_unreadable", "The data cannot be read"


class ModelError(SetupError):
    """The model file is not valid."""

    code, title = "model_invalid", "The semantic model is not valid"


class SettingError(SetupError):
    """A setting is not valid."""

    code, title = "setting_invalid", "A setting is not valid"
