"""Where the semantic model comes from: the data itself, and a file that refines or replaces it."""

from __future__ import annotations

import logging
from importlib.resources import files
from pathlib import Path

from deployments.analytics.model.infer import infer_model
from deployments.analytics.model.ossie import parse_ossie
from deployments.analytics.model.schema import SemanticModel
from deployments.analytics.model.snowflake import parse_snowflake
from deployments.analytics.model.yaml_lines import invalid, load_yaml
from deployments.analytics.warehouse.connect import Warehouse
from deployments.contracts.errors import ModelError

logger = logging.getLogger(__name__)


def load_model(warehouse: Warehouse, model_file: str | None = None) -> SemanticModel:
    """The model of the warehouse: inferred, or as an Apache Ossie or Snowflake file says. Raises ModelError.

    The demo data comes with a file of its own, which adds its metrics to what is inferred. Custom instructions that
    cannot be followed are logged."""
    if model_file is not None:
        model = parse_model(_text_of(model_file), warehouse, named=model_file)
        for sentence in model.unfollowed:
            logger.warning("%s: this instruction is not followed: %s", model_file, sentence)
        return model
    if warehouse.name == "demo":
        own = files("deployments.analytics.warehouse").joinpath("demo_model.yaml").read_text(encoding="utf-8")
        return parse_model(own, warehouse, named="demo_model.yaml")
    return infer_model(warehouse)


def parse_model(text: str, warehouse: Warehouse | None, *, named: str = "the model") -> SemanticModel:
    """The model of a file's text, in whichever of the two formats it is. Raises ModelError that names the file."""
    try:
        document = load_yaml(text)
        if "semantic_model" in document:
            return parse_ossie(text, warehouse)
        if "tables" in document:
            return parse_snowflake(text, warehouse)
        raise invalid(document.line, "expected `semantic_model:` (Apache Ossie) or `tables:` (Snowflake) at the top")
    except ModelError as error:
        raise ModelError(f"{named}, {error.detail}", suggestions=error.suggestions, **error.extra) from error


def _text_of(model_file: str) -> str:
    path = Path(model_file).expanduser()
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ModelError(f"{model_file} is not text in UTF-8. Expected a YAML file.") from error
    except OSError as error:
        raise ModelError(
            f"{model_file} cannot be read: {(error.strerror or 'it is not a file').lower()}. Expected a YAML file."
        ) from error
