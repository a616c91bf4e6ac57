from __future__ import annotations

import asyncio
import datetime as dt
import json
import stat
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import jwt
import pytest
from pydantic import SecretStr

from api import keys
from api.admission import Admission
from api.auth import Authenticator, bearer, sign, signing_secrets, socket_token
from api.settings import Settings
from deployments.contracts.errors import KeysUnavailable, SettingError, Unauthenticated
from tests.api.conftest import SECRET, SESSIONS, problem
from tests.api.tokens import EC, FORGED, FORGED_BESIDE_KEYS, NOW, claims, good, jwks, signed


def hs256(**more: Any) -> Authenticator:
    return Authenticator(Settings(secret=SecretStr(SECRET), **more))


@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED.keys())
def test_a_token_that_cannot_be_trusted_is_refused(make: Callable[[], str]) -> None:
    forged = make()
    with pytest.raises(Unauthenticated) as refusal:
        hs256().authenticate(forged)
    assert forged not in refusal.value.detail or not forged.strip(".")


@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED.keys())
async def test_over_http_a_forged_token_is_401_and_never_repeated(
    client: httpx.AsyncClient, make: Callable[[], str]
) -> None:
    forged = make()
    header = httpx.Headers([("Authorization", f"Bearer {forged}")], encoding="latin-1")
    response = await client.get(SESSIONS, headers=header)
    problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert len(forged) < 6 or forged not in response.text


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YW5uOmFubg==", "Token x", good(), f"Bearer{good()}"]
)
async def test_what_is_no_bearer_token_is_401(client: httpx.AsyncClient, header: str) -> None:
    problem(await client.get(SESSIONS, headers={"Authorization": header}), 401, "unauthenticated")


async def test_the_scheme_may_be_written_in_any_case(client: httpx.AsyncClient) -> None:
    assert (await client.get(SESSIONS, headers={"Authorization": f"bEARER  {good()}"})).status_code == 200


async def test_a_token_in_the_url_is_for_the_socket_alone(client: httpx.AsyncClient) -> None:
    problem(await client.get(SESSIONS, params={"token": good()}, headers={"Authorization": ""}), 401, "unauthenticated")


def test_two_authorization_headers_are_refused() -> None:
    with pytest.raises(Unauthenticated):
        bearer([f"Bearer {good()}", f"Bearer {good()}"])


def test_the_principal_is_what_the_claims_say() -> None:
    found = hs256().authenticate(good(roles=["admin"], attributes={"region": "EU"}))
    assert (found.tenant_id, found.user_id, found.is_admin) == ("acme", "ann", True)
    assert found.attributes == {"region": "EU"}
    assert found.expires_at == dt.datetime.fromtimestamp(NOW + 3600, dt.UTC)


def test_issuer_and_audience_are_checked_where_configured() -> None:
    strict = hs256(issuer="https://login.example", audience="bi")
    assert strict.authenticate(good(iss="https://login.example", aud=["bi", "x"])).user_id == "ann"
    for wrong in ({}, {"iss": "https://login.example"}, {"iss": "https://evil.example", "aud": "bi"}, {"aud": "bi"}):
        with pytest.raises(Unauthenticated):
            strict.authenticate(good(**wrong))
    with pytest.raises(Unauthenticated):
        strict.authenticate(good(iss="https://login.example", aud="other"))
    assert hs256().authenticate(good(aud="other")).user_id == "ann"


def test_leeway_bridges_clocks_that_differ() -> None:
    late = good(exp=int(time.time()) - 10)
    assert hs256(leeway_seconds=60).authenticate(late).user_id == "ann"
    with pytest.raises(Unauthenticated):
        hs256(leeway_seconds=0).authenticate(late)


def test_secrets_rotate() -> None:
    old, new = "o" * 32, "n" * 32
    both = Authenticator(Settings(secret=SecretStr(f"{new}, {old}")))
    for secret in (old, new):
        assert both.authenticate(jwt.encode(claims(), secret, algorithm="HS256")).user_id == "ann"
    with pytest.raises(Unauthenticated):
        Authenticator(Settings(secret=SecretStr(new))).authenticate(jwt.encode(claims(), old, algorithm="HS256"))


def test_a_signed_token_is_believed() -> None:
    made = sign(SECRET, tenant_id="t", user_id="u", roles=["viewer"], lifetime=dt.timedelta(hours=8))
    found = hs256().authenticate(made)
    assert (found.tenant_id, found.user_id, found.roles) == ("t", "u", frozenset({"viewer"}))


def test_the_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "new" / "state")
    (first,) = signing_secrets(settings)
    assert signing_secrets(settings) == (first,)
    assert len(first) >= 32
    path = tmp_path / "new" / "state" / "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret"]


def test_a_secret_that_is_too_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("short")
    with pytest.raises(SettingError, match="shorter than 32 bytes"):
        signing_secrets(Settings(state=tmp_path))


def test_a_state_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="cannot be used"):
        signing_secrets(Settings(state=tmp_path / "file"))


def test_the_socket_takes_its_token_from_one_place() -> None:
    assert socket_token(["Bearer h"], ["bearer", "s"], ["q"]) == "h"
    assert socket_token([], ["bearer", "s"], ["q"]) == "s"
    assert socket_token([], [], ["q"]) == "q"
    for protocols, query in (([], []), ([], ["a", "b"]), (["bearer"], [])):
        with pytest.raises(Unauthenticated):
            socket_token([], protocols, query)


# --- public keys -------------------------------------------------------------------------------------------------------


def asymmetric(source: str, algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA"), **more: Any) -> Authenticator:
    return Authenticator(Settings(secret=SecretStr(SECRET), algorithms=algorithms, jwks=source, **more))


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(jwks("rsa", "ec", "ed")))
    return str(path)


@pytest.mark.parametrize("name", ["rsa", "ec", "ed"])
def test_a_token_signed_with_a_published_key_is_believed(file: str, name: str) -> None:
    assert asymmetric(file).authenticate(signed(name)).user_id == "ann"


def test_a_token_without_key_id_is_tried_against_the_keys_of_its_kind(file: str) -> None:
    plain = jwt.encode(claims(), EC, algorithm="ES256")
    assert asymmetric(file).authenticate(plain).user_id == "ann"


@pytest.mark.parametrize("make", (FORGED | FORGED_BESIDE_KEYS).values(), ids=(FORGED | FORGED_BESIDE_KEYS).keys())
def test_a_token_that_cannot_be_trusted_is_refused_beside_public_keys(file: str, make: Callable[[], str]) -> None:
    with pytest.raises(Unauthenticated):
        asymmetric(file, ("HS256", "RS256", "ES256", "EdDSA")).authenticate(make())


def test_a_configured_algorithm_is_not_widened_by_the_keys(file: str) -> None:
    with pytest.raises(Unauthenticated):
        asymmetric(file, ("RS256",)).authenticate(signed("ec"))
    with pytest.raises(Unauthenticated):
        asymmetric(file).authenticate(good())


def test_a_symmetric_key_in_a_jwks_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "s"}]}))
    with pytest.raises(SettingError):
        asymmetric(str(path))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"keys": []}', '{"keys": [3]}'])
def test_a_jwks_file_that_is_none_is_refused_at_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(text)
    with pytest.raises(SettingError, match="BI_WORKBENCH_JWKS"):
        asymmetric(str(path))


def test_asymmetric_algorithms_need_keys() -> None:
    with pytest.raises(SettingError, match="BI_WORKBENCH_JWKS"):
        Authenticator(Settings(algorithms=("RS256",)))


class Issuer:
    """A server that publishes keys."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = jwks("rsa")
        self.status = 200
        self.asked = 0
        self.answers = threading.Event()
        self.answers.set()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                issuer.answers.wait(10)
                self.send_response(issuer.status)
                self.end_headers()
                self.wfile.write(json.dumps(issuer.document).encode())

            def log_message(self, *_args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(keys, "ASK_AGAIN_SECONDS", 0.0)
    published = Issuer()
    yield published
    published.answers.set()
    published.server.shutdown()
    published.server.server_close()


def test_keys_are_fetched_once_and_kept(issuer: Issuer) -> None:
    checking = asymmetric(issuer.url)
    for _ in range(3):
        assert checking.authenticate(signed("rsa")).user_id == "ann"
    assert issuer.asked == 1


def test_a_rotated_key_is_picked_up(issuer: Issuer) -> None:
    checking = asymmetric(issuer.url)
    checking.authenticate(signed("rsa"))
    issuer.document = jwks("ec")
    assert checking.authenticate(signed("ec")).user_id == "ann"
    with pytest.raises(Unauthenticated):
        checking.authenticate(signed("rsa"))


def test_unknown_key_ids_do_not_hammer_the_issuer(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "ASK_AGAIN_SECONDS", 60.0)
    checking = asymmetric(issuer.url)
    checking.authenticate(signed("rsa"))
    for number in range(20):
        with pytest.raises(Unauthenticated):
            checking.authenticate(signed("rsa", kid=f"k{number}"))
    assert issuer.asked == 1


def test_keys_at_hand_outlast_an_issuer_that_fails(issuer: Issuer) -> None:
    checking = asymmetric(issuer.url, jwks_seconds=1)
    checking.authenticate(signed("rsa"))
    issuer.status = 500
    checking._keys._read_at -= 10  # type: ignore[union-attr]
    assert checking.authenticate(signed("rsa")).user_id == "ann"
    assert issuer.asked == 2


def test_keys_that_were_never_read_are_said_to_be_unavailable(issuer: Issuer) -> None:
    issuer.status = 500
    with pytest.raises(KeysUnavailable):
        asymmetric(issuer.url).authenticate(signed("rsa"))


async def test_while_the_issuer_hangs_only_those_wait_whose_key_is_not_known(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    admission = Admission(Settings(secret=SecretStr(SECRET), algorithms=("RS256", "ES256"), jwks=issuer.url))
    assert (await admission.identify(signed("rsa"))).user_id == "ann"
    issuer.answers.clear()
    strangers = [asyncio.create_task(admission.identify(signed("rsa", kid=f"k{number}"))) for number in range(60)]
    while issuer.asked < 2:  # noqa: ASYNC110 the server has no event to wait for
        await asyncio.sleep(0.01)
    monkeypatch.setattr(keys, "ASK_AGAIN_SECONDS", 60.0)
    for _ in range(3):
        assert (await admission.identify(signed("rsa"))).user_id == "ann"
    assert not any(stranger.done() for stranger in strangers)
    issuer.document = jwks("rsa", "ec")
    issuer.answers.set()
    for refused in await asyncio.gather(*strangers, return_exceptions=True):
        assert isinstance(refused, Unauthenticated)
    assert (await admission.identify(signed("ec"))).user_id == "ann"


@pytest.mark.parametrize("trouble", ["endless", "redirect", "not text"])
def test_what_an_issuer_may_send_is_bounded(issuer: Issuer, monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    monkeypatch.setattr(keys, "MAX_BYTES", 50_000)
    if trouble == "endless":
        issuer.document = {"keys": [], "more": "x" * 100_000}
    elif trouble == "redirect":
        issuer.status = 302
    else:
        issuer.document = {"keys": "\ud800"}
    with pytest.raises(KeysUnavailable):
        asymmetric(issuer.url).authenticate(signed("rsa"))
