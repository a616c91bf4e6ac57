"""Why a measure changed: the steps from the question to the dimension whose groups explain the change.

First the change as a whole, then by each usable dimension, then by pairs of those that explain something, then the table
of the best. All are typed queries, so that row policies and visibility hold for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from deployments.analytics.insights.additive import Sums, squares_of, sums_of
from deployments.analytics.insights.decompose import Part, additive_parts, explain, ratio_parts, to_explain
from deployments.analytics.insights.dimensions import usable_dimensions
from deployments.analytics.insights.driver_words import Change, Split, told
from deployments.analytics.insights.phrases import Phrases
from deployments.analytics.insights.sums import Read, groups_of, whole_of
from deployments.analytics.language.grain import at_finest_grain
from deployments.analytics.language.graph import Graph
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.agents import Analysis, Inquiry, QueryRun
from deployments.contracts.errors import InvalidQuery
from deployments.contracts.query import AnalyticQuery, Dimension

BATCH = 4
MOST_PAIRS = 8
MOST_BESIDE = 60
MOST_CELLS = 2_000
BUDGET_MS = 15_000
"""After so much time in the warehouse nothing more is asked, and what there is is told."""

STORY = 0.2
"""The least score of a dimension that explains a change."""

PAIR_GAIN = 0.05
"""A pair of dimensions has to explain so much more than one of them: the simpler story wins."""


def step(
    model: SemanticModel, query: AnalyticQuery, inquiries: Sequence[Inquiry], runs: Sequence[QueryRun | None]
) -> Analysis:
    """The next step. Raises InvalidQuery where the change cannot be taken apart."""
    return _Search(model, query, inquiries, runs).step()


class _Search:
    def __init__(
        self, model: SemanticModel, query: AnalyticQuery, inquiries: Sequence[Inquiry], runs: Sequence[QueryRun | None]
    ) -> None:
        assert query.comparison is not None
        self.model, self.graph = model, Graph(model)
        self.query = query.model_copy(
            update={"dimensions": (), "order": (), "limit": None, "calculations": (), "analysis": query.analysis}
        )
        self.asked, self.runs = inquiries, runs
        sums = sums_of(query.measures[0], model)
        if sums is None:
            raise InvalidQuery(
                "This measure cannot be taken apart by groups: only totals, counts, averages and ratios can."
            )
        self.sums: Sums = sums

    def step(self) -> Analysis:
        if not self.runs:
            return Analysis(inquiries=(Inquiry(query=self._sums_query(()), purpose="the change as a whole"),))
        if self.runs[0] is None:
            raise InvalidQuery("The two periods could not be compared.")
        whole = whole_of(self.runs[0].result, self.sums)
        if whole is None:
            raise InvalidQuery("The two periods could not be compared.")
        final = self.asked[-1]
        if len(self.runs) > 1 and final.query.analysis is not None:
            return self._told(whole)
        if not whole.comparable:
            return self._last(())
        splits = self._splits(whole)
        if not self._spent and (more := self._singles() or self._pairs(splits)):
            return Analysis(inquiries=more)
        return self._last(self._best(splits))

    @property
    def _spent(self) -> bool:
        return sum(run.elapsed_ms for run in self.runs if run is not None) > BUDGET_MS

    def _sums_query(self, dimensions: tuple[Dimension, ...]) -> AnalyticQuery:
        """The sums of the measure by some dimensions, each with the sum of its squares."""
        leaves = [leaf.model_copy(update={"name": f"part_{i}"}) for i, leaf in enumerate(self.sums.leaves, 1)]
        assert self.query.comparison is not None
        bare = self.query.model_copy(
            update={
                "dimensions": dimensions,
                "measures": tuple(leaves),
                "comparison": self.query.comparison.model_copy(update={"show": "values"}),
                "analysis": None,
                "chart": None,
            }
        )
        moved, _ = at_finest_grain(bare, self.model, self.graph)
        measures = []
        for leaf in moved.measures:
            measures += [leaf, squares_of(leaf).model_copy(update={"name": f"{leaf.name}_squares"})]  # type: ignore[arg-type]
        return moved.model_copy(update={"measures": tuple(measures)})

    def _inquiry(self, *dimensions: Dimension) -> Inquiry:
        phrases = Phrases(self.model)
        words = " and ".join(phrases.noun(dimension) for dimension in dimensions)
        return Inquiry(query=self._sums_query(dimensions), purpose=f"the change by {words}")

    def _singles(self) -> tuple[Inquiry, ...]:
        """The next dimensions; () when all were asked."""
        if any(len(inquiry.query.dimensions) == 2 for inquiry in self.asked):
            return ()
        bare = self.query.model_copy(update={"measures": self.sums.leaves})
        left = usable_dimensions(bare, self.model, self.graph)[len(self.asked) - 1 :]
        return tuple(self._inquiry(dimension) for dimension in left[:BATCH])

    def _pairs(self, splits: list[Split]) -> tuple[Inquiry, ...]:
        if any(len(inquiry.query.dimensions) == 2 for inquiry in self.asked):
            return ()
        first = _best(splits)
        if first is None:
            return ()
        # A story may lie in a part of a driver: it is looked for along what else leaves the common pace most.
        others = sorted((s for s in splits if s is not first), key=lambda split: -split.explanation.unrest)
        fitting = [s for s in others if len(s.parts) <= MOST_BESIDE and len(first.parts) * len(s.parts) <= MOST_CELLS]
        return tuple(self._inquiry(first.dimensions[0], _named_apart(first, s)) for s in fitting[:MOST_PAIRS])

    def _splits(self, whole: Read) -> list[Split]:
        """What each dimension explains. One whose groups do not make up the whole is left out, and so is one that
        divides the rows as another did."""
        found: list[Split] = []
        seen: set[tuple[object, ...]] = set()
        tests = max(1, len(self.asked) - 1)
        for inquiry, run in zip(self.asked[1:], self.runs[1:], strict=True):
            if run is None or run.result.truncated or inquiry.query.analysis is not None:
                continue
            groups = groups_of(run.result, self.sums, whole)
            if groups is None or len(groups) < 2:
                continue
            parts = self._parts(groups)
            same = tuple(sorted((p.contribution, p.base) for p in parts))
            if same in seen:
                continue
            seen.add(same)
            found.append(Split(inquiry.query.dimensions, tuple(parts), explain(parts, tests)))
        return found

    def _parts(self, groups: Sequence[Read]) -> list[Part]:
        if self.sums.bottom:
            return ratio_parts([(g.key, g.top0, g.bottom0, g.top1, g.bottom1) for g in groups])
        return additive_parts([(g.key, g.top0, g.top1) for g in groups])

    def _best(self, splits: list[Split]) -> tuple[Dimension, ...]:
        """What to show: the dimension, or the pair, that explains the change best; without a story the plainest."""
        chosen = _best(splits)
        if chosen is not None:
            return chosen.dimensions
        singles = [split for split in splits if len(split.dimensions) == 1]
        return min(singles, key=lambda split: len(split.parts) > 12).dimensions if singles else ()

    def _last(self, dimensions: tuple[Dimension, ...]) -> Analysis:
        assert self.query.comparison is not None
        shown = self.query.model_copy(
            update={
                "dimensions": dimensions,
                "comparison": self.query.comparison.model_copy(update={"show": "difference"}),
            }
        )
        shown, _ = at_finest_grain(shown, self.model, self.graph)
        return Analysis(inquiries=(Inquiry(query=shown, purpose="the table that is shown"),))

    def _told(self, whole: Read) -> Analysis:
        run = self.runs[-1]
        if run is None:
            raise InvalidQuery("The two periods could not be compared.")
        splits = self._splits(whole)
        chosen = _best(splits)
        shown = self.asked[-1].query
        split = next((s for s in splits if s.dimensions == shown.dimensions), None)
        change = Change(self.model, self.query, shown, whole)
        return told(change, split, splits, run, story=chosen is not None, complete=not self._spent)


def _named_apart(first: Split, second: Split) -> Dimension:
    """The second one's dimension under a name of its own."""
    dimension = second.dimensions[0]
    if dimension.name != first.dimensions[0].name:
        return dimension
    return dimension.model_copy(update={"name": f"{dimension.name}_2"})


def _best(splits: Sequence[Split]) -> Split | None:
    """The split that explains the change best; None where none does."""
    if not splits:
        return None
    change = float(sum((part.contribution for part in splits[0].parts), Fraction()))
    gross = to_explain(change, [split.explanation for split in splits])
    found: dict[int, Split] = {}
    for split in splits:
        kept = found.get(len(split.dimensions))
        if split.explanation.score(gross) >= STORY and (
            kept is None or split.explanation.sharpness(gross) > kept.explanation.sharpness(gross)
        ):
            found[len(split.dimensions)] = split
    single, pair = found.get(1), found.get(2)
    if single is None or pair is None:
        return single or pair
    gain = pair.explanation.sharpness(gross) - single.explanation.sharpness(gross)
    return pair if gain > PAIR_GAIN else single
