"""One POST: pinned to the checked address, proved by the name, brief, and deaf to long answers."""

import ssl
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from receiving import Receiver, receiving

from kervan.webhooks import wire
from kervan.webhooks.wire import Way, _Heard, opened, post


async def test_a_post_reaches_the_receiver_and_its_answer_comes_back(receiver: Receiver) -> None:
    receiver.status, receiver.said = 200, "tamam ✓\x00\x1b[31m".encode()
    async with opened(local=True) as way:
        outcome = await post(way, receiver.url, {"webhook-id": "evt_1"}, b'{"a":1}')
    assert (outcome.taken, outcome.status, outcome.error) == (True, 200, None)
    assert outcome.answer == "tamam ✓\ufffd\ufffd[31m", "nothing that a terminal or PostgreSQL would choke on"
    [got] = receiver.got
    assert (got.path, got.body, got.headers["webhook-id"]) == ("/hook?key=a", b'{"a":1}', "evt_1")
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["user-agent"].startswith("Kervan-Webhooks/")


@pytest.mark.parametrize("status", [100, 199, 300, 301, 307, 400, 404, 410, 429, 500, 503])
async def test_everything_but_2xx_counts_as_not_taken(receiver: Receiver, status: int) -> None:
    receiver.status = status
    async with opened(local=True) as way:
        outcome = await post(way, receiver.url, {}, b"{}")
    assert not outcome.taken


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 307, f"Location: {receiver.url}\r\n"
    async with opened(local=True) as way:
        outcome = await post(way, receiver.url, {}, b"{}")
    assert (outcome.status, outcome.error) == (307, wire.REDIRECT)
    assert len(receiver.got) == 1


@pytest.mark.parametrize("where", ["http://[", "\u00ff", "http://127.0.0.1:99999/", ""])
async def test_a_redirect_to_nonsense_is_a_redirect(receiver: Receiver, where: str) -> None:
    receiver.status, receiver.headers = 302, f"Location: {where}\r\n"
    async with opened(local=True) as way:
        outcome = await post(way, receiver.url, {}, b"{}")
    assert (outcome.status, outcome.error) == (302, wire.REDIRECT)


async def test_what_one_receiver_wants_remembered_is_not_told_to_the_next(receiver: Receiver) -> None:
    receiver.headers = "Set-Cookie: a=b; Path=/\r\n"
    async with opened(local=True) as way:
        await post(way, receiver.url, {}, b"{}")
        await post(way, receiver.url, {}, b"{}")
    assert len(receiver.got) == 2
    assert "cookie" not in receiver.got[1].headers


async def test_a_proxy_of_the_environment_is_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with opened(local=True) as way:
        assert (await post(way, receiver.url, {}, b"{}")).taken


async def test_of_a_long_answer_only_the_beginning_is_read(receiver: Receiver) -> None:
    receiver.status, receiver.said = 200, b"x" * 5_000_000
    async with opened(local=True) as way:
        outcome = await post(way, receiver.url, {}, b"{}")
    assert outcome.taken
    assert outcome.answer == "x" * 500


async def test_an_answer_that_drips_or_breaks_off_still_counts_by_its_status(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.raw = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nonly this"
    async with opened(local=True) as way:
        outcome = await post(way, receiver.url, {}, b"{}")
    assert (outcome.taken, outcome.answer) == (True, "only this")


async def test_a_receiver_that_does_not_answer_is_left_after_a_while(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "SECONDS", 0.3)
    receiver.pause = lambda _: 1.0
    begun = time.monotonic()
    async with opened(local=True) as way:
        outcome = await post(way, receiver.url, {}, b"{}")
    assert time.monotonic() - begun < 0.9
    assert (outcome.status, outcome.error) == (None, wire.NO_ANSWER)
    assert outcome.duration_ms >= 290


async def test_a_name_server_that_does_not_answer_counts_into_that_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import asyncio

    async def slow(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(5)
        return ["93.184.216.34"]

    monkeypatch.setattr(wire, "SECONDS", 0.2)
    async with opened(False, slow) as way:
        outcome = await post(way, "https://hooks.example.com", {}, b"{}")
    assert outcome.error == wire.NO_ANSWER


@pytest.mark.parametrize("raw", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 banana\r\n\r\n", b"\x16\x03\x01" * 50])
async def test_what_is_no_http_is_a_broken_connection_and_no_crash(receiver: Receiver, raw: bytes) -> None:
    receiver.raw = raw
    async with opened(local=True) as way:
        outcome = await post(way, receiver.url, {}, b"{}")
    assert outcome.status is None
    assert (outcome.error or "").startswith(wire.BROKE)


async def test_nobody_there_is_said(receiver: Receiver) -> None:
    async with opened(local=True) as way:
        outcome = await post(way, "http://127.0.0.1:1/x", {}, b"{}")
    assert outcome.error == wire.NOT_TAKEN


async def test_a_kept_address_of_this_machine_is_worth_nothing_once_the_setting_is_off(
    receiver: Receiver,
) -> None:
    async with opened(local=False) as way:
        outcome = await post(way, receiver.url, {}, b"{}")
    assert (outcome.error or "").startswith(wire.NOT_ALLOWED)
    assert receiver.got == []


async def test_the_connection_goes_to_the_address_that_was_checked_and_each_try_is_checked() -> None:
    """DNS rebinding: a name server that says something public when it is asked, and something private after."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34", "169.254.169.254"]])
    asked, reached = [], []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    def reach(request: httpx.Request) -> httpx.Response:
        reached.append((request.url.host, request.headers["host"], request.extensions["sni_hostname"]))
        return httpx.Response(204)

    way = Way(httpx.MockTransport(reach), resolve, False)
    outcomes = [await post(way, "https://hooks.example.com/a", {}, b"{}") for _ in range(3)]
    assert [outcome.error for outcome in outcomes] == [None, wire.NOT_PUBLIC, wire.NOT_PUBLIC]
    assert len(asked) == 3, "once a try: what is connected to is what was looked at"
    assert reached == [("93.184.216.34", "hooks.example.com", "hooks.example.com")]


async def test_an_address_that_takes_nothing_is_followed_by_the_next() -> None:
    reached = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["2606:4700::1", "93.184.216.34"]

    def reach(request: httpx.Request) -> httpx.Response:
        reached.append(request.url.host)
        if len(reached) == 1:
            raise httpx.ConnectError("Network is unreachable", request=request)
        return httpx.Response(200)

    outcome = await post(
        Way(httpx.MockTransport(reach), resolve, False), "https://hooks.example.com/a", {}, b"{}"
    )
    assert outcome.taken
    assert reached == ["2606:4700::1", "93.184.216.34"]


def _certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS for the name, and the file with which a client trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(pem)
    return served, pem


class _Secure:
    """A receiver that proves to be hooks.example.com, and the client's trust in it."""

    def __init__(self, receiver: Receiver, trusted: ssl.SSLContext, asked: list[str | None]) -> None:
        self.receiver, self.trusted, self.asked = receiver, trusted, asked


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[_Secure]:
    served, pem = _certificate(tmp_path, "hooks.example.com")
    asked: list[str | None] = []
    served.sni_callback = lambda _socket, name, _context: asked.append(name)
    async with receiving(served) as receiver:
        yield _Secure(receiver, ssl.create_default_context(cafile=str(pem)), asked)


async def _reach(secure: _Secure, name: str) -> _Heard:
    target = wire.Target(
        url=f"https://{name}:{secure.receiver.port}/a", scheme="https", host=name, port=secure.receiver.port
    )
    heard = _Heard()
    async with httpx.AsyncHTTPTransport(verify=secure.trusted, trust_env=False) as transport:
        way = Way(transport, wire.targets.look_up, False)
        await wire._sent_to(way, target, "127.0.0.1", {}, b"{}", heard)
    return heard


async def test_the_certificate_is_asked_for_and_checked_by_the_name(secure: _Secure) -> None:
    heard = await _reach(secure, "hooks.example.com")
    assert heard.status == 204
    assert secure.asked == ["hooks.example.com"]
    assert secure.receiver.got[0].headers["host"] == f"hooks.example.com:{secure.receiver.port}"


async def test_a_certificate_of_another_name_is_refused_before_anything_is_sent(secure: _Secure) -> None:
    with pytest.raises(httpx.ConnectError) as refused:
        await _reach(secure, "other.example.com")
    assert secure.receiver.got == []
    cause = wire._tls(refused.value)
    assert cause is not None
    assert wire._certificate(cause).startswith(wire.NOT_SAFE)
    assert "other.example.com" in wire._certificate(cause)
