"""`python -m tests.benchmarks [--rounds 5] [--large] [--only questions|models|values]`: the table of the README."""

from __future__ import annotations

import argparse

from tests.benchmarks import models, questions, values
from tests.benchmarks.floor import floor_ms, percentile


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    arguments.add_argument("--rounds", type=int, default=5, help="how often each message is read; the median counts")
    arguments.add_argument("--large", action="store_true", help="also 100 tables with 10 million rows")
    arguments.add_argument("--only", choices=("questions", "models", "values"))
    given = arguments.parse_args()
    floor = floor_ms()
    print(f"floor (sqlglot parses and renders one SELECT): {floor:.2f} ms\n")
    print(f"{'what':44} {'p50':>9} {'p99':>9}   p50 / floor")
    if given.only in (None, "questions"):
        times = questions.measure(given.rounds)
        _line("question to SQL", times.questions, floor)
        _line("follow-up to SQL", times.follow_ups, floor)
        _line("typed query to SQL", times.typed, floor)
    if given.only in (None, "values"):
        found = values.measure()
        print(
            f"{'look-up among 1,000,000 values':44} {found['p50_ms']:6.2f} ms {found['p99_ms']:6.2f} ms   {found['p50_ms'] / floor:.1f}"
        )
        print(
            f"{'  index: built in, holds, peak':44} {found['build_s']:.1f} s, {found['held_mb']:.0f} MB, {found['peak_mb']:.0f} MB"
        )
    if given.only in (None, "models"):
        print(f"{'model of 30 tables, 300,000 rows':44} {models.inference_seconds(30, 300_000):7.2f} s")
        if given.large:
            print(f"{'model of 100 tables, 10,000,000 rows':44} {models.inference_seconds(100, 10_000_000):7.2f} s")


def _line(what: str, times: list[float], floor: float) -> None:
    if times:
        middle = percentile(times, 0.5)
        print(
            f"{f'{what} ({len(times)})':44} {middle:6.2f} ms {percentile(times, 0.99):6.2f} ms   {middle / floor:.1f}"
        )


if __name__ == "__main__":
    main()
