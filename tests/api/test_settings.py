from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from api.settings import PREFIX, Settings, load, secrets_of
from deployments.contracts.errors import SettingError


def test_the_environment_sets_every_setting_by_its_name() -> None:
    found = load({"BI_WORKBENCH_PORT": "9000", "BI_WORKBENCH_ALGORITHMS": "HS256, ES256", "BI_WORKBENCH_ISSUER": "me"})
    assert (found.port, found.algorithms, found.issuer) == (9000, ("HS256", "ES256"), "me")


def test_what_is_given_wins_over_the_environment_and_none_is_not_given() -> None:
    environment = {"BI_WORKBENCH_PORT": "9000", "BI_WORKBENCH_HOST": "0.0.0.0"}
    found = load(environment, port=7000, host=None)
    assert (found.port, found.host) == (7000, "0.0.0.0")


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    assert load({"BI_WORKBENCH_PORT": "", "BI_WORKBENCH_SECRET": ""}) == load({})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "0", "greater than or equal to 1"),
        ("PORT", "65536", "less than or equal to 65535"),
        ("PORT", "http", "valid integer"),
        ("SECRET", "short", "32 bytes"),
        ("SECRET", "x" * 32 + ",short", "32 bytes"),
        ("ALGORITHMS", "none", "HS256, RS256, ES256, EdDSA"),
        ("ALGORITHMS", "HS256,none", "HS256, RS256, ES256, EdDSA"),
        ("ALGORITHMS", ",", "HS256, RS256, ES256, EdDSA"),
        ("JWKS", "http://keys.example/jwks", "https"),
        ("LEEWAY_SECONDS", "3600", "less than or equal to 300"),
        ("BODY_BYTES", "10", "greater than or equal to 1024"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingError) as error:
        load({PREFIX + name: value})
    assert error.value.detail.startswith(f"BI_WORKBENCH_{name}: ")
    assert says in error.value.detail
    assert "short" not in error.value.detail


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(SettingError, match="BI_WORKBENCH_COLOUR"):
        load({}, colour="red")


def test_every_setting_is_described() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name


def test_a_secret_is_not_shown() -> None:
    settings = Settings(secret=SecretStr("s" * 40))
    assert "s" * 40 not in repr(settings)
    assert settings.secret is not None
    assert secrets_of(settings.secret) == ("s" * 40,)


def test_the_state_folder_may_be_under_home() -> None:
    assert load({"BI_WORKBENCH_STATE": "~/x"}).state == Path.home() / "x"
