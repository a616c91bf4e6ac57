"""YAML whose mappings remember where they stand, so that an error can name its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import yaml

from deployments.contracts.errors import ModelError


class Node(dict[str, Any]):
    """A mapping with the line of each of its keys; `line` is its own, counted from 1."""

    line: int = 0
    lines: dict[str, int]

    def line_of(self, key: str) -> int:
        """The line of a key, else of the mapping."""
        return self.lines.get(key, self.line)

    def nodes(self, key: str) -> list[Node]:
        """The mappings of a list; nothing where the key is missing. Raises ModelError where it is something else."""
        found = self.get(key)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(item, Node) for item in found):
            raise invalid(self.line_of(key), f"{key} must be a list of mappings")
        return found

    def text(self, key: str, default: str = "") -> str:
        """A text; numbers and booleans are taken as written. Raises ModelError where it is a list or a mapping."""
        found = self.get(key)
        if found is None:
            return default
        if isinstance(found, dict | list):
            raise invalid(self.line_of(key), f"{key} must be a text")
        return str(found)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts. Raises ModelError where it is something else."""
        found = self.get(key)
        if found is None:
            return ()
        if isinstance(found, str):
            return (found,)
        if not isinstance(found, list) or any(isinstance(item, dict | list) for item in found):
            raise invalid(self.line_of(key), f"{key} must be a list of texts")
        return tuple(str(item) for item in found)

    def node(self, key: str) -> Node:
        """A mapping; an empty one where the key is missing. Raises ModelError where it is something else."""
        found = self.get(key)
        if found is None:
            empty = Node()
            empty.line, empty.lines = self.line, {}
            return empty
        if not isinstance(found, Node):
            raise invalid(self.line_of(key), f"{key} must be a mapping")
        return found

    def required(self, key: str) -> str:
        """A text that must be there and not empty. Raises ModelError."""
        found = self.text(key).strip()
        if not found:
            raise invalid(self.line, f"{key} is missing")
        return found

    def expect(self, allowed: Iterable[str]) -> None:
        """Raise ModelError for a key that means nothing here, with the nearest that does."""
        known = tuple(allowed)
        for key in self:
            if key not in known:
                raise unknown(self.line_of(key), "key", key, known)


class _Loader(yaml.SafeLoader):
    pass


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Node:
    out = Node()
    out.line, out.lines = node.start_mark.line + 1, {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in out:
            raise invalid(key_node.start_mark.line + 1, f"{key} stands twice")
        out[key] = loader.construct_object(value_node, deep=True)
        out.lines[key] = key_node.start_mark.line + 1
    return out


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_yaml(text: str) -> Node:
    """The document as nodes. Raises ModelError with the line where it is no YAML or no mapping."""
    try:
        document = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise invalid(mark.line + 1 if mark else 1, f"not valid YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise invalid(1, "not valid YAML: it holds characters that YAML does not allow") from error
    if not isinstance(document, Node):
        raise invalid(
            1, "expected a mapping at the top, such as `semantic_model:` (Apache Ossie) or `tables:` (Snowflake)"
        )
    return document


def invalid(line: int, what: str, suggestions: tuple[str, ...] = ()) -> ModelError:
    """The error for a line of a model file."""
    return ModelError(f"line {line}: {what}", suggestions=suggestions, line=line)


def unknown(line: int, kind: str, name: str, known: Iterable[str], where: str = "") -> ModelError:
    """The error for a name that is not there, with the nearest that are."""
    names = list(dict.fromkeys(known))
    folded = {item.lower(): item for item in names}
    near = tuple(folded[item] for item in difflib.get_close_matches(name.lower(), list(folded), n=3, cutoff=0.5))
    place = f" in {where}" if where else ""
    offer = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(names[:8])}" if names else ""
    return invalid(line, f"there is no {kind} {name!r}{place}{offer}", suggestions=near)
