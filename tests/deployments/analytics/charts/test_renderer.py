from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import psutil
import pytest

from deployments.analytics.charts.render import drawable
from deployments.analytics.charts.renderer import Renderer
from deployments.analytics.charts.shape import Shape
from deployments.analytics.charts.vega import visualize
from deployments.contracts.errors import AgentUnavailable, Internal, NotAcceptable
from tests.deployments.analytics.charts.samples import SHOWN_AS

QUERY, RESULT = SHOWN_AS["bar"]
BAR = drawable(visualize(Shape(QUERY, RESULT), "bar", "A title"), RESULT)
ENDLESS = {
    "data": {"values": [{"a": 1}]},
    "transform": [{"calculate": "length(sequence(0, 1e8)) + length(sequence(0, 1e8))", "as": "b"}] * 200,
    "mark": "point",
    "encoding": {"x": {"field": "b"}},
}


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


def test_pictures_come_from_a_process_that_stays_and_knows_no_secret(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BI_WORKBENCH_SECRET", "a secret that is long enough for anyone")
    assert renderer.pid is None
    assert renderer.draw("png", BAR, 1).startswith(b"\x89PNG")
    drawing = renderer.pid
    assert drawing not in (None, os.getpid())
    assert b">A title<" in renderer.draw("svg", BAR)
    assert renderer.pid == drawing
    assert "BI_WORKBENCH_SECRET" not in psutil.Process(drawing).environ()


def test_a_process_that_was_killed_is_replaced_and_the_picture_still_comes(renderer: Renderer) -> None:
    renderer.draw("svg", BAR)
    assert renderer.pid is not None
    killed = psutil.Process(renderer.pid)
    killed.kill()
    assert renderer.draw("svg", BAR).startswith(b"<svg")
    assert renderer.pid != killed.pid


def test_what_does_not_come_up_ends_as_an_error_that_says_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(AgentUnavailable) as broken:
        Renderer().draw("svg", BAR)
    assert broken.value.retry_after


def test_a_worn_process_draws_on_until_a_fresh_one_is_warm() -> None:
    renderer = Renderer(most_pictures=1)
    renderer.draw("svg", BAR)
    worn = renderer.pid
    renderer.draw("svg", BAR)
    assert renderer.pid == worn
    fresh = renderer._fresh
    assert fresh is not None
    waited = threading.Event()
    while not fresh.is_ready():
        waited.wait(0.05)
    renderer.draw("svg", BAR)
    assert renderer.pid == fresh.pid
    assert not psutil.pid_exists(worn or 0)
    renderer.close()
    assert not psutil.pid_exists(fresh.pid)


def test_a_picture_that_takes_too_long_is_given_up_and_the_next_one_comes(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    renderer.draw("svg", BAR)
    with monkeypatch.context() as patched:
        patched.setattr(renderer, "_seconds", 0.5)
        with pytest.raises(NotAcceptable, match=r"0\.5 seconds"):
            renderer.draw("svg", ENDLESS)
    assert renderer.draw("svg", BAR).startswith(b"<svg")


def test_what_is_no_specification_is_our_fault_and_ends_nothing(renderer: Renderer) -> None:
    renderer.draw("svg", BAR)
    drawing = renderer.pid
    with pytest.raises(Internal):
        renderer.draw("svg", {"mark": {"type": "no such mark"}, "encoding": {"x": 1}})
    assert renderer.pid == drawing


def test_many_threads_get_their_own_pictures(renderer: Renderer) -> None:
    got: dict[int, bytes] = {}

    def ask(number: int) -> None:
        got[number] = renderer.draw("svg", BAR | {"title": f"number {number}"})

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(f">number {number}<".encode() in got[number] for number in range(4))
