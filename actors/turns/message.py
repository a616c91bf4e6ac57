"""A message in words: read by the router in the context of the conversation, then done as it was understood."""

from __future__ import annotations

from actors.conversation import Result
from actors.effects import Answered, Describe, Emit, Understand
from actors.turns.answers import answer, ask_back, no_previous, rows
from actors.turns.query import compute, run_again
from actors.turns.stored import context_of, move, redraw_if_it_fits, set_beside
from actors.turns.turn import Script, Steps, Turn, TurnState
from deployments.contracts.agents import Context, EarlierResult, MetadataAnswer, Reading, ReadRequest

NOWHERE = {"undo": "There is no earlier result to go back to.", "redo": "There is no later result to go forward to."}
"""What is said where undo and redo have nowhere to go."""


def read_message(
    turn: Turn, text: str, *, refine: bool, remove: str | None = None, replace: str | None = None
) -> Script:
    """Have the words read, and do what they ask."""
    yield from turn.visit(TurnState.ROUTING, "router", "Reading the question...")
    context = yield from _context(turn)
    reading: Reading = yield Understand(
        ReadRequest(
            text=text,
            kind="refine" if refine else "message",
            context=context,
            as_of=turn.received.as_of,
            remove=remove,
            replace=replace,
        )
    )
    if reading.interpretation:
        yield Emit("text", {"content": reading.interpretation})
    if reading.earlier is not None:
        return (yield from _of_earlier(turn, reading.earlier, reading, text))
    if reading.move == "rerun":
        current = turn.conversation.current
        if current is None:
            return ask_back(turn, no_previous("There is no result yet to run again."), reading, text)
        return (yield from run_again(turn, current, reading, text))
    return (yield from _do(turn, reading, text))


def _do(turn: Turn, reading: Reading, text: str) -> Script:
    if reading.move is not None:
        target = turn.conversation.neighbour(reading.move)
        if target is None:
            return ask_back(turn, no_previous(NOWHERE[reading.move]), reading, text)
        return (yield from move(turn, target, reading.move, reading))
    if reading.clarification is not None:
        return ask_back(turn, reading.clarification, reading, text)
    if reading.query is not None:
        return (yield from compute(turn, reading.query, reading, text))
    if reading.chart_type is not None:
        current = turn.conversation.current
        if current is None:
            return ask_back(turn, no_previous("There is no result yet to show as a chart."), reading, text)
        return (yield from redraw_if_it_fits(turn, current, reading.chart_type, reading, text))
    if reading.topic is not None:
        return (yield from _describe(turn, reading))
    return Answered(answer(turn, reading, success=True, response=reading.reply or ""))


def _of_earlier(turn: Turn, named: EarlierResult, reading: Reading, text: str) -> Script:
    """What is asked of an earlier result, found by its place in the conversation."""
    known = turn.conversation
    target, current = known.at(named.position), known.current
    if target is None or current is None:
        question = f"I find no “{named.words}”: {_how_many(len(known.results))}."
        return ask_back(turn, no_previous(question), reading, text)
    asked = f"“{named.words}” is the answer to “{known.asked(target)}”."
    if named.use == "show":
        told = reading.model_copy(update={"assumptions": (asked,)})
        return (yield from move(turn, target, _direction(turn, target, current), told))
    if named.use == "compare" and target is current:
        return ask_back(turn, no_previous(f"“{named.words}” is this answer itself."), reading, text)
    if named.use == "compare":
        return (yield from set_beside(turn, target, current, named, asked, reading, text))
    context = yield from context_of(target)
    again: Reading = yield Understand(
        ReadRequest(text=named.text, kind=named.kind, context=context, as_of=turn.received.as_of, things=named.things)
    )
    if again.interpretation:
        yield Emit("text", {"content": again.interpretation})
    again = again.model_copy(update={"assumptions": (*again.assumptions, asked)})
    return (yield from _do(turn, again, named.text))


def _describe(turn: Turn, reading: Reading) -> Script:
    yield from turn.visit(TurnState.DESCRIBING, "metadata_agent", "Looking at the data model...")
    assert reading.topic is not None
    told: MetadataAnswer = yield Describe(reading.topic)
    told_of = reading.topic.derivation
    described = answer(
        turn,
        reading,
        success=True,
        response=told.response,
        suggestions=told.suggestions,
        sql=told_of.sql if told_of else None,
        steps=told_of.steps if told_of else (),
        **(rows(told.result) if told.result is not None else {}),
    )
    return Answered(described)


def _context(turn: Turn) -> Steps[Context]:
    known = turn.conversation
    base = Context(pending=known.pending, pending_text=known.pending_text)
    if known.current is None:
        return base
    shown = yield from context_of(known.current)
    return shown.model_copy(
        update={"pending": base.pending, "pending_text": base.pending_text, "results": len(known.results)}
    )


def _direction(turn: Turn, target: Result, current: Result) -> str:
    order = list(turn.conversation.results)
    return "undo" if order.index(target.result_id) < order.index(current.result_id) else "redo"


def _how_many(results: int) -> str:
    if not results:
        return "there is no answer with rows yet"
    return f"there {'is one answer' if results == 1 else f'are {results} answers'} with rows so far"
