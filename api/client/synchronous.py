"""The client for programs that wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from api.client import exchange
from api.client.answer import Answer, Event, ServerProblem
from api.client.exchange import PAUSE_SECONDS, SECONDS, TRIES, EventReader, Request, checked, loads, unreachable

if TYPE_CHECKING:
    import pyarrow


class Workbench:
    """A server, as the owner of `token` sees it. Every method may raise ServerProblem."""

    def __init__(
        self, address: str, token: str, *, seconds: float = SECONDS, transport: httpx.BaseTransport | None = None
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=seconds, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def create(self, title: str | None = None) -> Session:
        """A new session."""
        return Session(self, self.json(exchange.create(title))["session_id"])

    def session(self, session_id: str) -> Session:
        """A session that is there."""
        return Session(self, session_id)

    def sessions(self, search: str | None = None) -> list[dict[str, Any]]:
        """The sessions of the token's owner, newest first."""
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"limit": 100} | ({"q": search} if search else {})
        while True:
            page = self.json(Request("GET", exchange.SESSIONS, query=query))
            found += page["sessions"]
            if page["next_cursor"] is None:
                return found
            query["cursor"] = page["next_cursor"]

    def model(self) -> dict[str, Any]:
        """The semantic model."""
        found: dict[str, Any] = self.json(Request("GET", f"{exchange.BASE}/model"))
        return found

    def suggestions(self) -> list[str]:
        """Questions to begin with."""
        return list(self.json(Request("GET", f"{exchange.BASE}/suggestions"))["suggestions"])

    def json(self, request: Request) -> Any:
        """What the server says to a request."""
        content = self.content(request)
        return loads(content) if content else None

    def content(self, request: Request) -> bytes:
        """The body of the response. What cannot be reached or is busy is tried again: nothing happens twice."""
        for left in reversed(range(TRIES)):
            try:
                return checked(self._send(request)).content
            except ServerProblem as problem:
                if not left or problem.status not in (0, 503):
                    raise
                time.sleep(min(problem.retry_after or PAUSE_SECONDS, 5))
        raise AssertionError("unreachable")

    def events(self, request: Request) -> Iterator[Event]:
        """The events of a turn, as they come."""
        reader = EventReader()
        try:
            with self._http.stream(
                request.method, request.path, json=request.body, headers=exchange.STREAM
            ) as response:
                if not response.is_success:
                    response.read()
                    checked(response)
                for line in response.iter_lines():
                    yield from reader.take(line)
        except httpx.HTTPError as error:
            raise unreachable(error) from error

    def _send(self, request: Request) -> httpx.Response:
        try:
            return self._http.request(
                request.method, request.path, json=request.body, params=request.query, headers=request.headers
            )
        except httpx.HTTPError as error:
            raise unreachable(error) from error


class Session:
    """One conversation."""

    def __init__(self, workbench: Workbench, session_id: str) -> None:
        self._workbench = workbench
        self.session_id = session_id

    def ask(self, question: str, *, message_id: str | None = None) -> Answer:
        """Ask a question."""
        return self._turn("messages", {"message": question}, message_id)

    def stream(self, question: str, *, message_id: str | None = None) -> Iterator[Event]:
        """Ask a question and watch the turn."""
        return self._workbench.events(exchange.turn(self.session_id, "messages", {"message": question}, message_id))

    def refine(self, refinement: str, *, remove: str | None = None, replace: str | None = None) -> Answer:
        """Edit the current query, or take away its part `remove`, or put the words in the place of its part `replace`
        (`parts` of its answer)."""
        parts = {"remove": remove, "replace": replace}
        given = {name: part for name, part in parts.items() if part is not None}
        return self._turn("refine", {"refinement": refinement} | given, None)

    def visualize(self, chart_type: str) -> Answer:
        """Show the current result as another chart."""
        return self._turn("visualize", {"chart_type": chart_type}, None)

    def undo(self) -> Answer:
        """Back to the previous result."""
        return self._turn("undo", {}, None)

    def redo(self) -> Answer:
        """Forward to the next result."""
        return self._turn("redo", {}, None)

    def run_again(self, result_id: str | None = None) -> Answer:
        """Run the query of a result (the current one where none is named) on the data as it is now; the answer's
        `differences` say what has changed since."""
        return self._turn("rerun", {"result_id": result_id} if result_id else {}, None)

    def cancel(self) -> bool:
        """Stop the running turn; False where none runs."""
        path = f"{exchange.SESSIONS}/{self.session_id}/cancel"
        return bool(self._workbench.json(Request("POST", path))["cancelled"])

    def history(self, limit: int = 500, offset: int = 0) -> list[dict[str, Any]]:
        """The messages, oldest first."""
        path = f"{exchange.SESSIONS}/{self.session_id}/history"
        return list(self._workbench.json(Request("GET", path, query={"limit": limit, "offset": offset}))["messages"])

    def cases(self) -> str:
        """The conversation as golden cases, which `bi-workbench evaluate` asks again."""
        path = f"{exchange.SESSIONS}/{self.session_id}/cases"
        return (self._workbench.content(Request("GET", path))).decode()

    def branch(self, message_id: str) -> Session:
        """A new session that continues from the answer to a message."""
        path = f"{exchange.SESSIONS}/{self.session_id}/branch"
        request = Request("POST", path, {"message_id": message_id})
        return Session(self._workbench, self._workbench.json(request)["session_id"])

    def arrow(self, answer: Answer) -> pyarrow.Table:
        """All rows of an answer, with their types."""
        import pyarrow as pa

        return pa.ipc.open_stream(self._file(answer, exchange.result, "arrow")).read_all()

    def chart(self, answer: Answer, form: str = "png") -> bytes:
        """The chart of an answer: png, svg or vega-lite."""
        return self._file(answer, exchange.chart, form)

    def shown(self, answer: Answer) -> Answer:
        """The answer with its chart, for a notebook to show."""
        if answer.result_id is None or not answer.document.get("visualization"):
            return answer
        return Answer(answer.document, self.chart(answer, "svg").decode())

    def delete(self) -> None:
        """Delete the session with everything recorded of it."""
        self._workbench.content(Request("DELETE", f"{exchange.SESSIONS}/{self.session_id}"))

    def _file(self, answer: Answer, request: Any, form: str) -> bytes:
        if answer.result_id is None:
            raise ServerProblem(0, {"code": "result_not_found", "detail": "This answer has no result."})
        return self._workbench.content(request(self.session_id, answer.result_id, form))

    def _turn(self, kind: str, body: dict[str, Any], message_id: str | None) -> Answer:
        return Answer(self._workbench.json(exchange.turn(self.session_id, kind, body, message_id)))
