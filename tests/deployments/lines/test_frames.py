from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.lines.frames import Frames, Kind, frame

SOME = st.tuples(st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=40))


@given(st.lists(SOME, max_size=6), st.integers(1, 30))
def test_frames_come_out_as_they_went_in_however_the_bytes_are_cut(
    said: list[tuple[Kind, int, bytes]], cut: int
) -> None:
    sent = b"".join(frame(*one) for one in said)
    frames = Frames()
    heard = [one for start in range(0, len(sent), cut) for one in frames.feed(sent[start : start + cut])]
    assert heard == said


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="99"):
        list(Frames().feed(b"\0\0\0\0\0\0\0\1\x63"))
