"""The golden conversations and their databases."""

from tests.evaluation.conftest import golden

__all__ = ["golden"]
