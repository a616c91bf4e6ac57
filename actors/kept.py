"""What a session holds of its record, decoded or made when it is first looked at: most of a long conversation never is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar, overload

from deployments.contracts.events import Event, decode_event

E = TypeVar("E", bound=Event)
T = TypeVar("T")


class Kept(Generic[E]):
    """The event of this number in the record. One that is `unread` stands there alone and has to be given its text
    before it is asked for."""

    __slots__ = ("_event", "_text", "sequence")

    def __init__(self, sequence: int, event: E | str | None = None) -> None:
        self.sequence = sequence
        self._text = event if isinstance(event, str) else None
        self._event: Any = None if isinstance(event, str) else event

    @property
    def unread(self) -> bool:
        """Whether neither the event nor its text is here."""
        return self._text is None and self._event is None

    def give(self, text: str) -> None:
        """What the record holds under its number."""
        self._text = text

    def event(self) -> E:
        """The event itself. Raises ValueError for one that cannot be read."""
        if self._text is not None:
            self._event, self._text = decode_event(self._text), None
        if self._event is None:
            raise RuntimeError(f"expected event {self.sequence} to be read from the record first")
        found: E = self._event
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kept) and bool(self.event() == other.event())

    __hash__ = None  # type: ignore[assignment]


class Made(Sequence[T]):
    """A list of which each item is made of what is held for it when it is first looked at."""

    __slots__ = ("_held", "_kind", "_make")

    def __init__(self, kind: type[T], make: Callable[[Any], T]) -> None:
        self._kind = kind
        self._make = make
        self._held: list[Any] = []

    def extend(self, held: Iterable[Any]) -> None:
        """Add items, or what they are made of."""
        self._held.extend(held)

    def held(self) -> tuple[Any, ...]:
        """The items as they are held, made or not."""
        return tuple(self._held)

    def __len__(self) -> int:
        return len(self._held)

    @overload
    def __getitem__(self, place: int) -> T: ...

    @overload
    def __getitem__(self, place: slice) -> list[T]: ...

    def __getitem__(self, place: int | slice) -> T | list[T]:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self._held)))]
        found = self._held[place]
        if not isinstance(found, self._kind):
            found = self._held[place] = self._make(found)
        return found

    def __setitem__(self, place: int, item: T) -> None:
        self._held[place] = item

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]
