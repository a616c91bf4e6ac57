from __future__ import annotations

from deployments.analytics.model.schema import SemanticModel
from tests.fixtures.retail import MODEL


def test_a_copy_with_other_fields_derives_anew_what_the_first_had_derived() -> None:
    assert "customers" in MODEL.by_name
    few: SemanticModel = MODEL.model_copy(update={"entities": MODEL.entities[:1]})
    assert set(few.by_name) == {MODEL.entities[0].name}
    assert len(MODEL.by_name) > 1
