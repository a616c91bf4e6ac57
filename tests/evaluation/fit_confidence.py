"""Fit the weights of confidence on scored questions, and say how they do on databases that were left out.

    python -m tests.evaluation.fit_confidence CASES.jsonl [CASES.jsonl ...] [--write]

Every answered and scored turn is one example: its facts, and whether it was right. A penalized logistic regression is fitted
by Newton's method; each database in turn is left out to see how the weights do where they were not fitted. The bias is then
set so that as many answers as can be stand at 0.9 and above while at least 95% of those are right.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path

import numpy as np

from deployments.analytics.dialogue import Dialogue
from deployments.analytics.evaluation import GoldRunner
from deployments.analytics.language import confidence as module
from deployments.analytics.workspace import Workspace
from deployments.contracts.errors import WorkbenchError
from deployments.contracts.limits import Limits

WANTED, AT, PENALTY = 0.95, 0.9, 3.0


def examples(files: list[Path]) -> tuple[list[dict[str, float]], list[bool], list[str]]:
    """The facts, whether right, and the database of each answered turn."""
    workspaces: dict[str, Workspace] = {}
    facts, right, databases = [], [], []
    for path in files:
        gold = GoldRunner(workspaces)
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            database = str(path.parent / case["database"])
            if database not in workspaces:
                workspaces[database] = Workspace.open(database, None, Limits(rows=1_000_000))
            as_of = dt.date.fromisoformat(case["as_of"]) if case.get("as_of") else dt.date.today()
            dialogue = Dialogue(workspaces[database], as_of)
            for turn in case["turns"]:
                try:
                    reading, result, _ = dialogue.ask(f"{turn['question']} (as you read it)")
                except WorkbenchError:
                    continue
                if result is None or not turn.get("gold_sql") or "confidence" not in reading.explanation:
                    continue
                ok, _ = gold.score(database, turn["gold_sql"], [list(row) for row in result.rows])
                facts.append(reading.explanation["confidence"])
                right.append(ok)
                databases.append(case["database"])
    return facts, right, databases


DOUBTS = frozenset(
    "ambiguous doubtful_joins guessed guessed_joins incomplete_joins loose_values padded_values passed_over very_weak_link "
    "weak_link weak_links".split()
)
"""Facts that are reasons to doubt: none of them may raise confidence, whatever a sample says."""


def fit(x: np.ndarray, y: np.ndarray, names: list[str]) -> np.ndarray:
    """Weights, the bias last: those of `DOUBTS` that would be positive are nothing."""
    doubts = np.array([*(name in DOUBTS for name in names), False])
    used = x.copy()
    while True:
        weights = _regressed(used, y)
        wrong = doubts & (weights > 1e-9)
        if not wrong.any():
            return weights
        used[:, wrong[:-1]] = 0.0


def _regressed(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The logistic regression with a quadratic penalty on all but the bias."""
    x = np.hstack([x, np.ones((len(x), 1))])
    weights = np.zeros(x.shape[1])
    penalty = np.full(x.shape[1], PENALTY)
    penalty[-1] = 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (p - y) + penalty * weights
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty + 1e-6)
        step = np.linalg.solve(hessian, gradient)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def left_out(x: np.ndarray, y: np.ndarray, databases: list[str], names: list[str]) -> np.ndarray:
    """For each example the score of weights fitted without its database."""
    scores = np.zeros(len(y))
    for database in sorted(set(databases)):
        out = np.array([name == database for name in databases])
        weights = fit(x[~out], y[~out], names)
        scores[out] = x[out] @ weights[:-1] + weights[-1]
    return scores


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    facts, right, databases = examples(args.cases)
    names = sorted({name for each in facts for name in each})
    x = np.array([[each.get(name, 0.0) for name in names] for each in facts], dtype=float)
    y = np.array(right, dtype=float)
    weights, scores = fit(x, y, names), left_out(x, y, databases, names)
    # The highest bias at which what is said with confidence holds on these questions.
    threshold = np.log(AT / (1 - AT))
    own = x @ weights[:-1] + weights[-1]
    order = np.argsort(-own)
    shares = np.cumsum(y[order]) / np.arange(1, len(y) + 1)
    enough = [i for i in range(20, len(y)) if shares[i] >= WANTED]
    cut = own[order[enough[-1]]] if enough else own.max()
    shift = cut - threshold
    print(f"{len(y)} answers, {y.mean():.1%} right; bias moved by {-shift:+.2f}; left out in brackets")
    for low, high in ((0.0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.01)):
        said = []
        for score in (own, scores):
            p = 1 / (1 + np.exp(-(score - shift)))
            inside = (p >= low) & (p < high)
            said.append(f"{inside.sum():4d} answers, {y[inside].mean() if inside.any() else 0:.1%} right")
        print(f"  {low:.1f}-{min(high, 1):.1f}: {said[0]} ({said[1].strip()})")
    for name, weight in sorted(zip(names, weights[:-1], strict=True), key=lambda pair: -abs(pair[1])):
        print(f"  {name:18s} {weight:+.2f}")
    if args.write:
        listed = "\n".join(f'    "{name}": {weight:.3f},' for name, weight in zip(names, weights[:-1], strict=True))
        target = Path(module.__file__).with_name("confidence_weights.py")
        target.write_text(
            f'"""Fitted by tests/evaluation/fit_confidence.py; do not edit by hand."""\n\nBIAS = {weights[-1] - shift:.3f}\n'
            f"WEIGHTS: dict[str, float] = {{\n{listed}\n}}\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
