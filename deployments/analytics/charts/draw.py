"""Vega-Lite specifications as pictures. Nothing is fetched.

Run as a program it is the process that draws for another (`renderer.py`): it reads requests from standard input and
answers each on standard output, until its input ends. It imports nothing of ours, so that it begins soon and is small."""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
from typing import Any, BinaryIO, Literal

Form = Literal["png", "svg"]

VERSION = "5.21"
REQUEST = struct.Struct(">3sfI")
"""Form, pixels to a point, bytes of the specification that follows."""
REPLY = struct.Struct(">?II")
"""Whether it is drawn, KiB that this process holds, bytes of the picture that follows."""

_MOST_MEMORY = 2 << 30
_SMALLEST: dict[str, Any] = {"mark": "bar", "data": {"values": [{"a": "A", "b": 1}]}, "encoding": {"x": {"field": "a"}}}


def draw(form: Form, spec: dict[str, Any], scale: float = 1.0) -> bytes:
    """The picture; a PNG has `scale` pixels to a point. Raises ValueError for what is no specification."""
    import vl_convert

    if form == "png":
        return vl_convert.vegalite_to_png(spec, vl_version=VERSION, scale=scale, allowed_base_urls=[])
    return vl_convert.vegalite_to_svg(spec, vl_version=VERSION, allowed_base_urls=[]).encode()


def main(requests: BinaryIO, replies: BinaryIO) -> None:
    """Draw until the requests end. The first reply, to no request, says that this process is ready."""
    # A picture that needs more ends this process and no other.
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    draw("svg", _SMALLEST)
    _reply(replies, b"")
    while head := requests.read(REQUEST.size):
        form, scale, length = REQUEST.unpack(head)
        spec = json.loads(requests.read(length))
        try:
            picture = draw("png" if form == b"png" else "svg", spec, scale)
        except ValueError:
            _reply(replies, b"", drawn=False)
        else:
            _reply(replies, picture)


def _reply(replies: BinaryIO, picture: bytes, *, drawn: bool = True) -> None:
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    replies.write(REPLY.pack(drawn, held, len(picture)))
    replies.write(picture)
    replies.flush()


if __name__ == "__main__":
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is said goes where it disturbs no reply
    main(sys.stdin.buffer, replies)
