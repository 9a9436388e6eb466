"""Answers that must not tell whether an address has an account take the same time, also when their work differs."""

import time

import httpx
import pytest
from people import PASSWORD, make_person, post_form, sign_in, token_of

from kervan.accounts import answers
from kervan.web import csrf

KNOWN, NEW = "ayse@example.com", "nobody@example.com"


async def _seconds(client: httpx.AsyncClient, path: str, fields: dict[str, str]) -> float:
    token = await token_of(client, path)
    began = time.perf_counter()
    answer = await client.post(path, data={csrf.FIELD: token, **fields})
    assert answer.status_code == 303, answer.text
    return time.perf_counter() - began


@pytest.mark.parametrize(
    "path", ["/en/register/exporter", "/en/register/importer", "/en/forgotten", "/en/confirm"]
)
async def test_a_known_address_is_answered_neither_sooner_nor_later(
    client: httpx.AsyncClient, path: str
) -> None:
    await make_person("Ayşe Yılmaz", KNOWN)
    fields = {
        "name": "Mallory Stranger", "password": "yedi mavi kiremit 88", "language": "en",
        "legal_name": "Nordlicht Handel GmbH", "country": "DE", "city": "Hamburg", "contact_name": "Jonas Petersen",
        "contact_role": "Buyer", "languages": "de",
    }  # fmt: skip
    for email in (KNOWN, NEW):
        seconds = await _seconds(client, path, fields | {"email": email})
        assert seconds >= answers.SAME_SECONDS, f"{email} was answered sooner"


async def test_another_address_is_asked_for_in_the_same_time(client: httpx.AsyncClient) -> None:
    await make_person("Ayşe Yılmaz", KNOWN)
    await sign_in(client, await make_person("Mallory"))
    for email in (KNOWN, NEW):
        assert await _seconds(client, "/en/account/email", {"email": email}) >= answers.SAME_SECONDS


async def test_a_refusal_at_the_door_always_costs_a_hash(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether nobody, somebody waiting or somebody locked is tried: the same work (see also tests/accounts)."""
    from kervan.accounts import passwords

    done: list[str] = []
    real_hash, real_matches = passwords.hash, passwords._matches

    async def counted_hash(password: str) -> str:
        done.append("hash")
        return await real_hash(password)

    def counted_match(kept: str, password: bytes) -> bool:
        done.append("hash")
        return real_matches(kept, password)

    monkeypatch.setattr(passwords, "hash", counted_hash)
    monkeypatch.setattr(passwords, "_matches", counted_match)
    await make_person("Waiting", "waiting@example.com", state="PENDING_EMAIL")
    await make_person("Locked", "locked@example.com", state="SUSPENDED")
    for email in ("waiting@example.com", "locked@example.com", NEW, "no address at all"):
        done.clear()
        answer = await post_form(client, "/en/sign-in", {"email": email, "password": PASSWORD + "x"})
        assert (answer.status_code, done) == (422, ["hash"]), email
