"""Mails go out once, are tried again when the server has trouble, and never to an address that refused."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from mailing import CONTEXT, Server, later, send, the_mail

from kervan import vault
from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import Invalid
from kervan.mail import queries, sending, service
from kervan.mail.delivery import KEPT_FILES, keep
from kervan.mail.sending import handlers
from kervan.outbox import drain, waiting
from kervan.settings import Settings
from kervan.trade.errors import TradeError
from kervan.web.templates import Templates


async def test_a_mail_goes_out_after_the_commit(db: None, server: Server, worker: Any) -> None:
    await send(language="tr", name="Ayşe")
    assert server.letters == []
    await drain(worker())
    [letter] = server.to("ayse@example.com")
    assert letter["From"] == "Kervan <post@kervan.example>"
    assert letter["To"] == "ayse@example.com"
    assert letter["Content-Language"] == "tr"
    assert (
        f"https://kervan.example/tr/confirm/{CONTEXT['token']}" in letter.get_body(("plain",)).get_content()
    )
    mail = await the_mail()
    assert (mail["state"], mail["attempts"], mail["subject"]) == ("SENT", 1, letter["Subject"])
    assert mail["message_id"] == letter["Message-ID"]
    assert mail["context"] is None, "what it said is not kept"
    assert await waiting() == 0


async def test_what_is_rolled_back_is_never_mailed(db: None, server: Server, worker: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await service.send("confirm_email", "ayse@example.com", "en", token="x")
            raise ZeroDivisionError
    await drain(worker())
    assert server.letters == []


async def test_a_token_does_not_stand_in_the_database(db: None) -> None:
    await send()
    rows = await fetch("SELECT row_to_json(mail)::text AS row FROM mail")
    assert CONTEXT["token"] not in rows[0]["row"]
    assert (
        await fetchval(
            "SELECT count(*) FROM outbox WHERE payload::text LIKE '%' || $1 || '%'", CONTEXT["token"]
        )
        == 0
    )


async def test_a_batch_takes_one_connection(db: None, server: Server, worker: Any) -> None:
    for number in range(20):
        await send(to=f"ayse{number}@example.com")
    await drain(worker())
    assert len(server.letters) == 20
    assert server.connections == 1


async def test_two_workers_at_once_send_each_mail_once(db: None, server: Server, worker: Any) -> None:
    for number in range(20):
        await send(to=f"ayse{number}@example.com")
    ids = [row["id"] for row in await fetch("SELECT id FROM mail")]
    server.pause = 0.01
    first, second = worker(), worker()
    payload = [{"ids": ids}]
    await asyncio.gather(
        first["mail.send"](payload), second["mail.send"](payload), drain(first), drain(second)
    )
    assert sorted(letter["To"] for _, letter in server.letters) == sorted(
        f"ayse{n}@example.com" for n in range(20)
    )
    await later()
    while await drain(first):
        pass
    assert len(server.letters) == 20
    assert await queries.counts() == {"QUEUED": 0, "SENT": 20, "FAILED": 0, "SUPPRESSED": 0}


async def test_a_mail_whose_sender_died_comes_again(db: None, server: Server, worker: Any) -> None:
    """The lease of the mail outlives that of the outbox row: the row must not be lost in between."""
    await send()
    await execute("UPDATE mail SET attempts = 1, next_try_at = now() + interval '5 minutes'")
    await drain(worker())
    assert server.letters == []
    assert await waiting() == 1
    await later()
    await drain(worker())
    assert len(server.letters) == 1


async def person() -> int:
    return int(
        await fetchval(
            """INSERT INTO person (public_id, name, email, email_key, language, state)
            VALUES ('abcdefghjkmn', 'Ayşe', 'ayse@example.com', 'ayse@example.com', 'en', 'ACTIVE') RETURNING id"""
        )
    )


async def test_a_mail_that_was_agreed_to_is_stopped_by_one_click(
    db: None, server: Server, worker: Any
) -> None:
    await send("importer_welcome", person=await person(), purpose="newsletter")

    async def yes(_person: int, purpose: str) -> bool:
        return purpose == "newsletter"

    await drain(worker(may_send=yes))
    [letter] = server.to("ayse@example.com")
    token = str(letter["List-Unsubscribe"]).strip("<>").removeprefix("https://kervan.example/unsubscribe/")
    who, _, signature = token.rpartition(".")
    assert who == "abcdefghjkmn.newsletter"
    assert signature == vault.sign(who, "unsubscribe")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_a_consent_withdrawn_meanwhile_keeps_the_mail_back(
    db: None, server: Server, worker: Any
) -> None:
    await send("importer_welcome", person=await person(), purpose="newsletter")

    async def no(_person: int, _purpose: str) -> bool:
        return False

    await drain(worker(may_send=no))
    mail = await the_mail()
    assert (mail["state"], mail["last_error"], server.letters) == ("SUPPRESSED", "consent was withdrawn", [])


async def test_a_domain_of_other_letters_is_written_as_every_server_reads_it(
    db: None, server: Server, worker: Any
) -> None:
    await send(to="Ayse@örnek.com.tr")
    await drain(worker())
    [(receivers, letter)] = server.letters
    assert receivers == ["Ayse@xn--rnek-4qa.com.tr"]
    assert letter["To"] == "Ayse@xn--rnek-4qa.com.tr"


@pytest.mark.parametrize(
    "to",
    ["", "ayse", "ayse@example.com\r\nBcc: all@example.com", "a@b.example\n", "a@example.com, b@example.com"],
)
async def test_an_address_that_is_none_is_refused(db: None, to: str) -> None:
    with pytest.raises((TradeError, Invalid)):
        await send(to=to)
    assert await fetchval("SELECT count(*) FROM mail") == 0


@pytest.mark.parametrize("sign", ["\r\nBcc: all@example.com", "\n", "\x00", "\u2028", "\ud800"])
async def test_a_name_that_would_break_out_of_a_header_is_refused(db: None, sign: str) -> None:
    with pytest.raises(Invalid):
        await send("invitation", inviter=f"Can{sign}")
    with pytest.raises(Invalid):
        await send("import_done", counts={"new": f"1{sign}"})
    with pytest.raises(Invalid):
        await send("invitation", inviter="x" * 10_000)
    assert await fetchval("SELECT count(*) FROM mail") == 0


async def test_a_mistake_of_the_caller_is_found_at_once(db: None) -> None:
    with pytest.raises(ValueError, match="lacks token"):
        async with transaction():
            await service.send("confirm_email", "ayse@example.com", "en")
    for wrong in ({"template": "../base"}, {"language": "xx"}, {"purpose": "alerts"}):
        with pytest.raises(ValueError, match="mail"):
            async with transaction():
                given = {"template": "no_account", "to": "ayse@example.com", "language": "en", **wrong}
                await service.send(**given)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(RuntimeError):
        await service.send("no_account", "ayse@example.com", "en")


async def test_logs_hold_no_token_and_no_address(
    db: None, server: Server, worker: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "mail.log")  # the server of the test, which logs the whole conversation
    await send()
    await send(to="gone@example.com")
    await send(to="busy@example.com")
    server.refusals = {
        "gone@example.com": "550 5.1.1 gone@example.com?",
        "busy@example.com": "450 busy@example.com",
    }
    await drain(worker())
    written = caplog.text + "".join(capfd.readouterr())
    assert "a***@example.com" in written
    for secret in (CONTEXT["token"], "ayse@", "gone@", "busy@"):
        assert secret not in written


async def test_the_desk_sees_states_but_never_what_a_mail_says(db: None, server: Server, worker: Any) -> None:
    await send()
    await drain(worker())
    last = await send(to="can@example.com")
    assert await queries.counts() == {"QUEUED": 1, "SENT": 1, "FAILED": 0, "SUPPRESSED": 0}
    rows, more = await queries.mails()
    assert ([row.state for row in rows], more) == (["QUEUED", "SENT"], False)
    assert (rows[0].public_id, rows[0].to, rows[0].again) == (last, "c***@example.com", False)
    assert "context" not in rows[0].__struct_fields__
    [sent], more = await queries.mails("SENT", size=1)
    assert (sent.state, more) == ("SENT", False)
    assert len((await queries.mails(page=2, size=1))[0]) == 1


async def test_without_a_server_mails_become_files(
    db: None, settings: Settings, templates: Templates
) -> None:
    await send()
    await drain(handlers(settings, templates=templates))
    [path] = (settings.data / "mail").iterdir()
    assert path.suffix == ".eml"
    assert path.stat().st_mode & 0o077 == 0, "tokens are nobody else's business"
    assert CONTEXT["token"] in path.read_text()
    assert (await the_mail())["state"] == "SENT"


async def test_only_the_newest_files_are_kept(tmp_path: Path) -> None:
    from email.message import EmailMessage

    for number in range(KEPT_FILES):
        (tmp_path / f"20200101T{number:012d}-abcdefghjkmn-no_account.eml").touch()
    letter = EmailMessage()
    letter["Message-ID"] = "<abcdefghjkmn@kervan.example>"
    letter["X-Kervan-Mail"] = "no_account"
    keep(tmp_path, letter)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == KEPT_FILES
    assert names[0].startswith("20200101T000000000001")
    assert not names[-1].startswith("2020")


async def test_the_consent_is_asked_of_the_privacy_room(db: None) -> None:
    who = await person()
    assert await sending.has_consent(who, "newsletter") is False
