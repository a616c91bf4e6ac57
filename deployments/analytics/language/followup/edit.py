"""The state of one edit: the previous query, the query as changed so far, and the draft that new parts are built with."""

from __future__ import annotations

from deployments.analytics.language.assemble.draft import Draft
from deployments.analytics.language.followup.wording import ADDS, REPLACES
from deployments.analytics.language.graph import Graph
from deployments.analytics.language.links import Linker
from deployments.analytics.language.sketch import Sketch, measured_entity
from deployments.analytics.model.schema import SemanticModel
from deployments.contracts.agents import Context
from deployments.contracts.query import AnalyticQuery


class Edit:
    """One query being edited by one sketch.

    `before` is the query of the previous answer, `query` what it has become; the draft starts with its subject and
    measures, so that new dimensions and orders fit them."""

    def __init__(
        self,
        model: SemanticModel,
        graph: Graph,
        link: Linker,
        sketch: Sketch,
        context: Context,
        before: AnalyticQuery,
        text: str,
    ) -> None:
        self.model = model
        self.graph = graph
        self.link = link
        self.sketch = sketch
        self.context = context
        self.text = text.strip()
        self.before = before
        self.query = before.model_copy(update={"assumptions": (), "chart": sketch.chart or before.chart})
        self.draft = Draft(model, graph, link, sketch)
        self.draft.subject = before.subject
        self.draft.measures = list(before.measures)

    def put(self, **changes: object) -> None:
        """Change slots of the query."""
        self.query = self.query.model_copy(update=changes)

    def show_in_draft(self) -> None:
        """Let the draft hold the query's dimensions and measures as they are now."""
        self.draft.dimensions = list(self.query.dimensions)
        self.draft.measures = list(self.query.measures)

    @property
    def is_adding(self) -> bool:
        """Whether the words keep what was there and add to it."""
        return bool(ADDS.search(self.text)) and not REPLACES.search(self.text)

    @property
    def fact(self) -> str:
        """The entity whose rows the query is about: that of its first measure, else its subject."""
        if self.query.measures:
            return measured_entity(self.model, self.query.measures[0])
        return self.query.subject
