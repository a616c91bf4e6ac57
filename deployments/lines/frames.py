"""What goes over a line: frames, each with the number of the call it belongs to. Without I/O.

A frame is its head (length of the body, number, kind) and its body, which is pickled: both ends are processes of one
user that import the same classes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import Final

_HEAD: Final = struct.Struct("!IIB")


class Kind(IntEnum):
    """What a frame says."""

    CALL = 1
    """(method, arguments, named arguments) to be called."""

    CANCEL = 2
    """The caller no longer waits; nothing follows."""

    VALUE = 3
    """What the call gave."""

    ERROR = 4
    """What the call raised."""

    GONE = 5
    """The call was not begun: this process takes no more."""


def frame(kind: Kind, number: int, body: bytes = b"") -> bytes:
    """One frame as bytes.

    >>> frame(Kind.CANCEL, 7)
    b'\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x07\\x02'
    """
    return _HEAD.pack(len(body), number, kind) + body


class Frames:
    """Frames out of bytes as they come in."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Kind, int, bytes]]:
        """Take what was received and give the frames that are whole, in order. Raises ValueError for no frame."""
        self._kept += data
        while len(self._kept) >= _HEAD.size:
            length, number, kind = _HEAD.unpack_from(self._kept)
            end = _HEAD.size + length
            if len(self._kept) < end:
                return
            body = bytes(self._kept[_HEAD.size : end])
            del self._kept[:end]
            yield Kind(kind), number, body
