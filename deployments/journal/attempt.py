"""One operation among others in a transaction: what it gives, or why it did not happen."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from deployments.contracts.errors import Internal, InvalidRequest, WorkbenchError
from deployments.contracts.journal import Fenced

_log = logging.getLogger(__name__)

T = TypeVar("T")
Operation = Callable[[sa.Connection], T]


class Outcome:
    """What became of one operation: a value or an error."""

    __slots__ = ("_value", "error")

    def __init__(self, value: Any = None, error: WorkbenchError | None = None) -> None:
        self._value = value
        self.error = error

    def value(self) -> Any:
        """The value; raises the error."""
        if self.error is not None:
            raise self.error
        return self._value


def attempt(connection: sa.Connection, operation: Operation[Any]) -> Outcome:
    """Run the operation within a savepoint. Its own failure is its outcome and undoes it alone; raises SQLAlchemyError
    where the database failed, and then nothing of the transaction can stand."""
    outcome = _attempt_once(connection.begin_nested(), connection, operation)
    if _was_overtaken(outcome):
        return _attempt_once(connection.begin_nested(), connection, operation)
    return outcome


def attempt_alone(connection: sa.Connection, operation: Operation[Any]) -> Outcome:
    """As `attempt`, for an operation that has a transaction to itself and needs no savepoint."""
    outcome = _attempt_once(connection.begin(), connection, operation)
    if _was_overtaken(outcome):
        return _attempt_once(connection.begin(), connection, operation)
    return outcome


def _was_overtaken(outcome: Outcome) -> bool:
    # Another server took the key in between: seen from now on, as if it had been there from the first.
    return isinstance(outcome.error, Fenced) and isinstance(outcome.error.__cause__, IntegrityError)


def _attempt_once(within: sa.Transaction, connection: sa.Connection, operation: Operation[Any]) -> Outcome:
    try:
        value = operation(connection)
    except IntegrityError as error:
        # The fence held and yet a key was taken: the writer's memory of the record is wrong, so it must read it anew.
        within.rollback()
        fenced = Fenced(f"The record already holds this: {type(error.orig).__name__}")
        fenced.__cause__ = error
        return Outcome(error=fenced)
    except WorkbenchError as error:
        within.rollback()
        return Outcome(error=error)
    except DataError:
        within.rollback()
        return Outcome(error=InvalidRequest("The text holds characters that cannot be stored"))
    except SQLAlchemyError:
        raise
    except Exception:
        # A defect in one caller's operation must not take the others' with it.
        _log.exception("an operation on the journal failed")
        within.rollback()
        return Outcome(error=Internal())
    within.commit()
    return Outcome(value)
