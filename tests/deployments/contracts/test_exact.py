from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.contracts import exact

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.decimals(allow_nan=False),
    st.dates(),
    st.datetimes(timezones=st.none() | st.just(dt.UTC)).map(lambda at: at.replace(fold=0)),
    st.times().map(lambda at: at.replace(fold=0)),
    st.binary(),
)
keys = st.text() | st.sampled_from(["$date", "$decimal", "$dict"])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)


@given(values)
def test_what_is_read_is_what_was_written_with_its_type(value: Any) -> None:
    back = exact.loads(exact.dumps(value))
    assert back == value
    assert repr(back) == repr(value)


def test_a_dict_that_looks_like_a_tag_stays_a_dict() -> None:
    value = {"$date": "2025-01-01"}
    assert exact.loads(exact.dumps(value)) == value


def test_what_is_not_plain_data_is_refused() -> None:
    with pytest.raises(TypeError, match="expected plain data, got object"):
        exact.dumps({"x": object()})
