from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from actors.local import LocalSessions
from api.admission import MOST_BUCKETS, Admission, Buckets
from api.app import create_app
from api.settings import Settings
from deployments.contracts.errors import RateLimited, Unauthenticated
from deployments.contracts.identity import Principal
from tests.api.conftest import SECRET, SESSIONS, bearer, problem, token


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_quiet_caller_may_send_ten_seconds_worth_at_once_and_then_at_the_rate() -> None:
    clock = Clock()
    buckets = Buckets(60, clock)
    assert [buckets.take("ann") for _ in range(10)] == [0.0] * 10
    assert buckets.take("ann") == 1.0
    clock.now += 0.5
    assert buckets.take("ann") == 0.5  # what was refused took nothing
    clock.now += 0.5
    assert buckets.take("ann") == 0.0
    assert buckets.take("bob") == 0.0


def test_no_rate_is_no_limit() -> None:
    buckets = Buckets(0, Clock())
    assert not any(buckets.take("ann") for _ in range(1000))


@given(st.lists(st.floats(0, 5), max_size=200), st.integers(1, 600))
def test_never_more_passes_than_the_rate_and_one_burst(steps: list[float], per_minute: int) -> None:
    clock = Clock()
    buckets = Buckets(per_minute, clock)
    passed = 0
    for step in steps:
        clock.now += step
        passed += buckets.take("ann") == 0.0
    assert passed <= max(1.0, per_minute / 6) + clock.now * per_minute / 60 + 1e-6


def test_the_buckets_are_bounded() -> None:
    buckets = Buckets(60, Clock())
    for number in range(MOST_BUCKETS + 50):
        buckets.take(number)
    assert len(buckets._levels) == MOST_BUCKETS


async def test_a_tenant_is_counted_as_a_whole_and_others_are_not_touched() -> None:
    clock = Clock()
    settings = Settings(secret=SecretStr(SECRET), user_requests_per_minute=60, tenant_requests_per_minute=90)
    admission = Admission(settings, clock)
    for _ in range(10):
        await admission.identify(token("ann"))
    with pytest.raises(RateLimited, match="you have sent") as mine:
        await admission.identify(token("ann"))
    assert mine.value.retry_after == 1
    for _ in range(5):
        await admission.identify(token("bob"))
    with pytest.raises(RateLimited, match="your organization"):
        await admission.identify(token("bob"))
    assert (await admission.identify(token("ann", "other"))).tenant_id == "other"


async def test_a_token_that_cannot_be_trusted_counts_against_no_one() -> None:
    settings = Settings(secret=SecretStr(SECRET), user_requests_per_minute=60)
    admission = Admission(settings, Clock())
    for _ in range(100):
        with pytest.raises(Unauthenticated):
            await admission.identify(token("ann") + "x")
    assert (await admission.identify(token("ann"))).user_id == "ann"


async def test_too_many_requests_are_429_with_when_to_come_again(sessions: LocalSessions, settings: Settings) -> None:
    app = create_app(sessions, settings.model_copy(update={"user_requests_per_minute": 12}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client:
        for _ in range(2):
            assert (await client.get(SESSIONS, headers=bearer())).status_code == 200
        refused = await client.get(SESSIONS, headers=bearer())
        problem(refused, 429, "rate_limited")
        assert 1 <= int(refused.headers["retry-after"]) <= 5
        assert (await client.get(SESSIONS, headers=bearer("bob"))).status_code == 200
        assert (await client.get("/healthz")).status_code == 200


def test_a_place_of_a_socket_is_given_back() -> None:
    admission = Admission(Settings(secret=SecretStr(SECRET), user_sockets=1))
    ann = Principal(tenant_id="acme", user_id="ann")
    other = Principal(tenant_id="other", user_id="ann")
    with admission.socket(ann) as first, admission.socket(ann) as second, admission.socket(other) as theirs:
        assert (first, second, theirs) == (True, False, True)
    with admission.socket(ann) as again:
        assert again
