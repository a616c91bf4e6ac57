"""A client of a bi-workbench server.

    from api.client import Workbench

    with Workbench("http://127.0.0.1:8000", token) as workbench:
        session = workbench.create()
        answer = session.ask("What were our top 10 customers by revenue last month?")
        answer.to_pandas()
        session.refine("only the US ones")

`AsyncWorkbench` has the same methods to be awaited. Answers show themselves in a notebook as chart and table."""

from api.client.answer import Answer, Event, ServerProblem
from api.client.asynchronous import AsyncSession, AsyncWorkbench
from api.client.synchronous import Session, Workbench

__all__ = ["Answer", "AsyncSession", "AsyncWorkbench", "Event", "ServerProblem", "Session", "Workbench"]
