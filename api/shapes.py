"""The bodies and query strings of the HTTP interface: what a client may send and what it gets."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from deployments.contracts.answers import ResultColumn
from deployments.contracts.errors import InvalidRequest

MAX_PAGE = 500
MAX_OFFSET = 2**53
MAX_TITLE = 200
MAX_SEARCH = 200
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


def clean_text(value: str) -> str:
    """Refuses what is no text: control characters but tab and line breaks, and halves of surrogate pairs."""
    for character in value:
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t\r":
            raise ValueError(f"holds the control character U+{ord(character):04X}")
    return value


def clean_line(value: str) -> str:
    """As `clean_text`, on one line."""
    if any(character in value for character in "\n\t\r"):
        raise ValueError("holds a line break or tab")
    return clean_text(value)


def not_blank(value: str) -> str:
    """Refuses text without anything to read in it."""
    if not value.strip() or not any(unicodedata.category(character)[0] not in "ZC" for character in value):
        raise ValueError("must not be empty")
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, str) and not _WHOLE_NUMBER.fullmatch(value):
        raise ValueError("must be a whole number")
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
Text = Annotated[str, AfterValidator(clean_text), AfterValidator(not_blank)]
Line = Annotated[str, AfterValidator(clean_line), AfterValidator(not_blank)]
MessageId = Annotated[
    str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$", description="The client's id of the message.")
]


PartName = Annotated[
    str,
    Field(
        max_length=32,
        pattern=r"^[a-z]+(/[0-9]{1,3})?$",
        description="A part of the query, `parts[].part` of its answer.",
    ),
]


class Sent(BaseModel):
    """What a client sends: unknown fields are refused, and a number is no text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Asked(BaseModel):
    """A query string: unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoQuery(Asked):
    """No parameters."""


class CreateSession(Sent):
    """Both ids may be left out: the token has them. Only an admin of the tenant may name another user."""

    tenant_id: str | None = None
    user_id: str | None = Field(default=None, min_length=1, max_length=255)
    title: Annotated[Line, Field(max_length=MAX_TITLE)] | None = None


class ChangeSession(Sent):
    """The new title; null takes it away."""

    title: Annotated[Line, Field(max_length=MAX_TITLE)] | None


class SendMessageBody(Sent):
    """A question, or anything else one may say to the session."""

    message: Text = Field(examples=["What were our top 10 customers by revenue last month?"])
    message_id: MessageId | None = None


class RefineBody(Sent):
    """An edit of the current query."""

    refinement: Text = Field(examples=["Filter to only US customers"])
    remove: PartName | None = Field(default=None, description="Takes this part away; the words only say so.")
    replace: PartName | None = Field(default=None, description="Puts what the words say in this part's place.")
    message_id: MessageId | None = None


def one_change(remove: str | None, replace: str | None) -> None:
    """Raises InvalidRequest where a part is to be taken away and another replaced at once."""
    if remove is not None and replace is not None:
        raise InvalidRequest("Either 'remove' or 'replace', not both.", field="replace")


class VisualizeBody(Sent):
    """The chart to show the current result as."""

    chart_type: Annotated[Line, Field(max_length=64)] = Field(examples=["pie"])
    message_id: MessageId | None = None


class MoveBody(Sent):
    """Nothing need be said to go back or forward."""

    message_id: MessageId | None = None


ResultId = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._-]+$")]


class RunAgainBody(Sent):
    """The result whose query is run again; the current one where it is absent."""

    result_id: ResultId | None = None
    message_id: MessageId | None = None


class BranchBody(Sent):
    """The message whose answer the new session continues from."""

    message_id: MessageId
    title: Annotated[Line, Field(max_length=MAX_TITLE)] | None = None


class FeedbackBody(Sent):
    """What one thinks of an answer."""

    rating: Literal["up", "down"]
    comment: Annotated[Text, Field(max_length=2_000)] | None = None


class EmptyBody(Sent):
    """Nothing to say."""


class SessionsQuery(Asked):
    """A page of sessions, newest first."""

    limit: Whole = Field(default=50, ge=1, le=MAX_PAGE)
    cursor: Annotated[str, Field(min_length=1, max_length=512)] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )
    q: Annotated[Line, Field(max_length=MAX_SEARCH)] | None = Field(default=None, description="Words of the title.")


class UserQuery(Asked):
    """Whose. It has to be said, so that nothing is deleted by a path that was cut."""

    user_id: Annotated[Line, Field(max_length=255)] = Field(description="Another user than the token's needs an admin.")


class HistoryQuery(Asked):
    """A page of messages, oldest first."""

    limit: Whole = Field(default=50, ge=1, le=MAX_PAGE, description="Maximum messages to return.")
    offset: Whole = Field(default=0, ge=0, le=MAX_OFFSET, description="Skip the first N messages.")


class ResultQuery(Asked):
    """A page of rows as JSON, or all rows as a file."""

    format: Literal["json", "csv", "parquet", "arrow"] = "json"
    limit: Whole | None = Field(default=None, ge=1, le=10_000, description="Rows of a JSON page (100 where absent).")
    offset: Whole | None = Field(default=None, ge=0, le=MAX_OFFSET, description="Skip the first N rows.")


class ChartQuery(Asked):
    """The form of the chart."""

    format: Literal["vega-lite", "svg", "png"] = "vega-lite"


# --- what comes back ---------------------------------------------------------------------------------------------------

Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


class Session(BaseModel):
    """A session."""

    session_id: str = Field(examples=["sess-abc123"])
    tenant_id: str = Field(examples=["acme-corp"])
    user_id: str = Field(examples=["user-456"])
    created_at: Moment = Field(examples=["2025-03-15T10:00:00Z"])
    message_count: int
    title: str | None
    updated_at: Moment | None


class SessionList(BaseModel):
    """A page of sessions; `next_cursor` is null on the last one."""

    sessions: list[Session]
    next_cursor: str | None


class Message(BaseModel):
    """One message of a conversation."""

    role: Literal["user", "assistant"]
    content: str
    timestamp: Moment
    metadata: dict[str, Any]


class HistoryPage(BaseModel):
    """A page of a conversation; `total_count` counts all its messages."""

    session_id: str
    messages: list[Message]
    total_count: int


class ResultPage(BaseModel):
    """A page of a result's rows. `row_count` counts all that are kept; `truncated`: the query had more than those."""

    result_id: str
    turn_id: str
    created_at: Moment
    columns: list[str]
    rows: list[list[Any]]
    row_count: int
    truncated: bool
    offset: int
    limit: int
    column_details: list[ResultColumn]


class Deleted(BaseModel):
    """How many there were."""

    deleted: int


class Cancelled(BaseModel):
    """Whether a turn was running and was told to stop."""

    cancelled: bool


class SuggestionList(BaseModel):
    """Questions to begin with."""

    suggestions: list[str]


class ResidentSession(BaseModel):
    """What an administrator sees of a session."""

    session_id: str
    tenant_id: str
    user_id: str
    state: Literal["resident", "passive"]
    actor_id: str | None
    node: str | None
    pid: int | None
    epoch: int
    last_activity: Moment | None
    messages: int
    memory_bytes: int | None


class ResidentList(BaseModel):
    """The tenant's sessions."""

    sessions: list[ResidentSession]


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Everything that an answer needs can be reached."""

    status: Literal["ready"]
    checks: dict[str, bool]


class Problem(BaseModel):
    """What went wrong (RFC 9457). `code` is stable; `field` names the part of the request where one part is wrong."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    success: Literal[False]
    request_id: str
    field: str | None = None
    suggestions: list[str] | None = None
    retry_after: int | None = None
