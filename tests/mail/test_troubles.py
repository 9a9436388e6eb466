"""Servers that are full, away or strict, addresses that refuse, and mails that staff have to look at."""

from typing import Any

import msgspec
import pytest
from mailing import Server, later, listening, send, the_mail

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, NotFound
from kervan.mail import queries, service
from kervan.mail.sending import PAUSES, handlers
from kervan.outbox import drain, waiting
from kervan.settings import Settings
from kervan.web.templates import Templates


async def test_a_full_server_gets_the_mail_later(db: None, server: Server, worker: Any) -> None:
    await send()
    server.refusals["ayse@example.com"] = "450 4.2.0 try later"
    await drain(worker())
    mail = await the_mail()
    assert (mail["state"], mail["attempts"], mail["last_error"]) == ("QUEUED", 1, "450 4.2.0 try later")
    assert await fetchval("SELECT round(extract(epoch FROM next_try_at - now())) FROM mail") in (59, 60)
    assert await drain(worker()) == 0, "not before its time"
    server.refusals.clear()
    await later()
    await drain(worker())
    assert (await the_mail())["state"] == "SENT"
    assert len(server.letters) == 1


async def test_a_server_that_is_away_is_tried_eight_times_in_a_day(
    db: None, settings: Settings, templates: Templates
) -> None:
    await send()
    away = handlers(msgspec.structs.replace(settings, smtp_url="smtp://127.0.0.1:1"), templates=templates)
    tries = 0
    while (await the_mail())["state"] == "QUEUED":
        await later()
        await drain(away)
        tries += 1
        assert tries < 20
    mail = await the_mail()
    assert (mail["state"], mail["attempts"], tries) == ("FAILED", 8, 8)
    assert "SMTPConnectError" in mail["last_error"]
    assert len(PAUSES) == 7
    assert 20 * 3600 < sum(PAUSES) < 28 * 3600
    assert await waiting() == 0
    assert await queries.suppressed("ayse@example.com") is None, "it was not the address's fault"


async def test_a_server_that_is_away_is_asked_once_for_a_batch(
    db: None, settings: Settings, templates: Templates, monkeypatch: pytest.MonkeyPatch
) -> None:
    import aiosmtplib

    asked = 0

    async def connect(self: object, **_: object) -> None:
        nonlocal asked
        asked += 1
        raise aiosmtplib.SMTPConnectError("away")

    monkeypatch.setattr(aiosmtplib.SMTP, "connect", connect)
    for number in range(5):
        await send(to=f"ayse{number}@example.com")
    await drain(handlers(msgspec.structs.replace(settings, smtp_url="smtp://mail"), templates=templates))
    assert asked == 1
    assert {row["attempts"] for row in await fetch("SELECT attempts FROM mail")} == {1}


async def test_a_server_that_cannot_encrypt_gets_nothing_when_encryption_is_asked_for(
    db: None, settings: Settings, server: Server, templates: Templates
) -> None:
    await send()
    strict = msgspec.structs.replace(settings, smtp_url=f"{server.url}?starttls")
    await drain(handlers(strict, templates=templates))
    mail = await the_mail()
    assert (mail["state"], server.letters) == ("QUEUED", [])
    assert "STARTTLS" in mail["last_error"]


async def test_a_server_may_want_a_password(db: None, settings: Settings, templates: Templates) -> None:
    """A wrong one is mended by who runs the place: mails wait for it."""
    await send()
    async with listening(password="p:ss") as server:
        for given, state in (("wrong", "QUEUED"), ("p%3Ass", "SENT")):
            url = server.url.replace("//", f"//post:{given}@")
            await later()
            await drain(handlers(msgspec.structs.replace(settings, smtp_url=url), templates=templates))
            mail = await the_mail()
            assert mail["state"] == state
            assert "wrong" not in (mail["last_error"] or "")
        assert len(server.letters) == 1


async def test_an_address_that_does_not_exist_is_never_tried_again(
    db: None, server: Server, worker: Any
) -> None:
    await send(to="Gone@Example.com")
    await send(to="ayse@example.com")
    server.refusals["Gone@example.com"] = "550 5.1.1 <Gone@example.com> unknown user"
    await drain(worker())
    assert len(server.letters) == 1, "the neighbour in the batch has its mail"
    [gone] = await fetch(
        "SELECT state, last_error FROM mail WHERE template = 'confirm_email' AND state <> 'SENT'"
    )
    assert gone["state"] == "FAILED"
    assert gone["last_error"] == "550 5.1.1 <G***@example.com> unknown user"
    server.refusals.clear()
    await send("password_changed", to="gone@example.com")
    await drain(worker())
    states = await queries.counts()
    assert (states["SENT"], states["FAILED"], states["SUPPRESSED"]) == (1, 1, 1)


@pytest.mark.parametrize("said", ["550 5.7.1 relaying denied", "554 5.7.26 not authenticated"])
def test_a_refusal_of_ourselves_is_not_held_against_the_address(said: str) -> None:
    import aiosmtplib

    from kervan.mail.delivery import Refused, _outcome

    code, _, text = said.partition(" ")
    outcome = _outcome(aiosmtplib.SMTPRecipientRefused(int(code), text, "a@b.example"), of_recipient=True)
    assert isinstance(outcome, Refused)
    assert not outcome.address_is_bad


async def test_a_letter_that_is_refused_is_not_held_against_the_address(
    db: None, server: Server, worker: Any
) -> None:
    await send()
    server.data_answer = "554 5.6.0 looks like spam"
    await drain(worker())
    assert (await the_mail())["state"] == "FAILED"
    assert await queries.suppressed("ayse@example.com") is None


async def test_a_suppressed_address_is_left_alone_until_the_suppression_is_lifted(
    db: None, server: Server, worker: Any
) -> None:
    await service.suppress("ayse@example.com", "complained")
    await send(to="AYSE@example.com")
    await drain(worker())
    mail = await the_mail()
    assert (mail["state"], mail["context"], server.letters) == ("SUPPRESSED", None, [])
    await service.lift("ayse@example.com", "user:1", "asked us to")
    with pytest.raises(NotFound):
        await service.lift("ayse@example.com", "user:1", "twice")
    await send()
    await drain(worker())
    assert len(server.letters) == 1
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE action = 'mail.suppression_lifted'") == 1
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE audit_entry::text LIKE '%ayse%'") == 0


async def test_a_mail_that_cannot_be_written_waits_for_staff(db: None, server: Server, worker: Any) -> None:
    await send()
    good = await fetchval("SELECT context FROM mail")
    await execute("UPDATE mail SET context = 'broken'")
    await drain(worker())
    mail = await the_mail()
    assert (mail["state"], mail["last_error"]) == ("FAILED", "Broken: the mail could not be written")
    await execute("UPDATE mail SET context = $1", good)
    await service.retry(mail["public_id"], "user:7")
    await drain(worker())
    assert (await the_mail())["state"] == "SENT"
    assert await fetchval("SELECT actor FROM audit_entry WHERE action = 'mail.retried'") == "user:7"


async def test_only_a_mail_that_was_given_up_is_tried_again(db: None, server: Server, worker: Any) -> None:
    public_id = await send()
    await drain(worker())
    with pytest.raises(Conflict):
        await service.retry(public_id, "user:7")
    with pytest.raises(NotFound):
        await service.retry("zzzzzzzzzzzz", "user:7")
    assert await waiting() == 0


async def test_what_a_lost_mail_said_is_deleted_after_a_week(db: None, server: Server, worker: Any) -> None:
    public_id = await send()
    await execute("UPDATE mail SET state = 'FAILED', next_try_at = now() - interval '8 days'")
    await send(to="can@example.com")
    await drain(worker())
    assert await fetchval("SELECT context FROM mail WHERE public_id = $1", public_id) is None
    with pytest.raises(Conflict):
        await service.retry(public_id, "user:7")
