"""The client for programs that await."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from api.client import exchange
from api.client.answer import Answer, Event, ServerProblem
from api.client.exchange import PAUSE_SECONDS, SECONDS, TRIES, EventReader, Request, checked, loads, unreachable

if TYPE_CHECKING:
    import pyarrow


class AsyncWorkbench:
    """A server, as the owner of `token` sees it. Every method may raise ServerProblem."""

    def __init__(
        self, address: str, token: str, *, seconds: float = SECONDS, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.AsyncClient(base_url=address, headers=headers, timeout=seconds, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def create(self, title: str | None = None) -> AsyncSession:
        """A new session."""
        return AsyncSession(self, (await self.json(exchange.create(title)))["session_id"])

    def session(self, session_id: str) -> AsyncSession:
        """A session that is there."""
        return AsyncSession(self, session_id)

    async def sessions(self, search: str | None = None) -> list[dict[str, Any]]:
        """The sessions of the token's owner, newest first."""
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"limit": 100} | ({"q": search} if search else {})
        while True:
            page = await self.json(Request("GET", exchange.SESSIONS, query=query))
            found += page["sessions"]
            if page["next_cursor"] is None:
                return found
            query["cursor"] = page["next_cursor"]

    async def model(self) -> dict[str, Any]:
        """The semantic model."""
        found: dict[str, Any] = await self.json(Request("GET", f"{exchange.BASE}/model"))
        return found

    async def suggestions(self) -> list[str]:
        """Questions to begin with."""
        return list((await self.json(Request("GET", f"{exchange.BASE}/suggestions")))["suggestions"])

    async def json(self, request: Request) -> Any:
        """What the server says to a request."""
        content = await self.content(request)
        return loads(content) if content else None

    async def content(self, request: Request) -> bytes:
        """The body of the response. What cannot be reached or is busy is tried again: nothing happens twice."""
        for left in reversed(range(TRIES)):
            try:
                return checked(await self._send(request)).content
            except ServerProblem as problem:
                if not left or problem.status not in (0, 503):
                    raise
                await asyncio.sleep(min(problem.retry_after or PAUSE_SECONDS, 5))
        raise AssertionError("unreachable")

    async def events(self, request: Request) -> AsyncIterator[Event]:
        """The events of a turn, as they come."""
        reader = EventReader()
        try:
            async with self._http.stream(
                request.method, request.path, json=request.body, headers=exchange.STREAM
            ) as response:
                if not response.is_success:
                    await response.aread()
                    checked(response)
                async for line in response.aiter_lines():
                    for event in reader.take(line):
                        yield event
        except httpx.HTTPError as error:
            raise unreachable(error) from error

    async def _send(self, request: Request) -> httpx.Response:
        try:
            return await self._http.request(
                request.method, request.path, json=request.body, params=request.query, headers=request.headers
            )
        except httpx.HTTPError as error:
            raise unreachable(error) from error


class AsyncSession:
    """One conversation."""

    def __init__(self, workbench: AsyncWorkbench, session_id: str) -> None:
        self._workbench = workbench
        self.session_id = session_id

    async def ask(self, question: str, *, message_id: str | None = None) -> Answer:
        """Ask a question."""
        return await self._turn("messages", {"message": question}, message_id)

    def stream(self, question: str, *, message_id: str | None = None) -> AsyncIterator[Event]:
        """Ask a question and watch the turn."""
        return self._workbench.events(exchange.turn(self.session_id, "messages", {"message": question}, message_id))

    async def refine(self, refinement: str, *, remove: str | None = None, replace: str | None = None) -> Answer:
        """Edit the current query, or take away its part `remove`, or put the words in the place of its part `replace`
        (`parts` of its answer)."""
        parts = {"remove": remove, "replace": replace}
        given = {name: part for name, part in parts.items() if part is not None}
        return await self._turn("refine", {"refinement": refinement} | given, None)

    async def visualize(self, chart_type: str) -> Answer:
        """Show the current result as another chart."""
        return await self._turn("visualize", {"chart_type": chart_type}, None)

    async def undo(self) -> Answer:
        """Back to the previous result."""
        return await self._turn("undo", {}, None)

    async def redo(self) -> Answer:
        """Forward to the next result."""
        return await self._turn("redo", {}, None)

    async def run_again(self, result_id: str | None = None) -> Answer:
        """Run the query of a result (the current one where none is named) on the data as it is now; the answer's
        `differences` say what has changed since."""
        return await self._turn("rerun", {"result_id": result_id} if result_id else {}, None)

    async def cancel(self) -> bool:
        """Stop the running turn; False where none runs."""
        path = f"{exchange.SESSIONS}/{self.session_id}/cancel"
        return bool((await self._workbench.json(Request("POST", path)))["cancelled"])

    async def history(self, limit: int = 500, offset: int = 0) -> list[dict[str, Any]]:
        """The messages, oldest first."""
        path = f"{exchange.SESSIONS}/{self.session_id}/history"
        return list(
            (await self._workbench.json(Request("GET", path, query={"limit": limit, "offset": offset})))["messages"]
        )

    async def cases(self) -> str:
        """The conversation as golden cases, which `bi-workbench evaluate` asks again."""
        path = f"{exchange.SESSIONS}/{self.session_id}/cases"
        return (await self._workbench.content(Request("GET", path))).decode()

    async def branch(self, message_id: str) -> AsyncSession:
        """A new session that continues from the answer to a message."""
        path = f"{exchange.SESSIONS}/{self.session_id}/branch"
        request = Request("POST", path, {"message_id": message_id})
        return AsyncSession(self._workbench, (await self._workbench.json(request))["session_id"])

    async def arrow(self, answer: Answer) -> pyarrow.Table:
        """All rows of an answer, with their types."""
        import pyarrow as pa

        return pa.ipc.open_stream(await self._file(answer, exchange.result, "arrow")).read_all()

    async def chart(self, answer: Answer, form: str = "png") -> bytes:
        """The chart of an answer: png, svg or vega-lite."""
        return await self._file(answer, exchange.chart, form)

    async def shown(self, answer: Answer) -> Answer:
        """The answer with its chart, for a notebook to show."""
        if answer.result_id is None or not answer.document.get("visualization"):
            return answer
        return Answer(answer.document, (await self.chart(answer, "svg")).decode())

    async def delete(self) -> None:
        """Delete the session with everything recorded of it."""
        await self._workbench.content(Request("DELETE", f"{exchange.SESSIONS}/{self.session_id}"))

    async def _file(self, answer: Answer, request: Any, form: str) -> bytes:
        if answer.result_id is None:
            raise ServerProblem(0, {"code": "result_not_found", "detail": "This answer has no result."})
        return await self._workbench.content(request(self.session_id, answer.result_id, form))

    async def _turn(self, kind: str, body: dict[str, Any], message_id: str | None) -> Answer:
        return Answer(await self._workbench.json(exchange.turn(self.session_id, kind, body, message_id)))
