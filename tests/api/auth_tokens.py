"""Tokens that must not be believed."""

from __future__ import annotations

from tests.api.conftest import token


def expired() -> str:
    return token(seconds=-120)
