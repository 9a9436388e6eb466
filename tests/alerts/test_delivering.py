"""Rows of the ledger become one mail, one line under the bell and one webhook each, or say why not."""

import asyncio
from typing import Any

import msgspec
import pytest
import requesting
from asking import Side, side
from mailing import Server
from people import Firm, audited, mails, make_person
from requesting import Board

from kervan import vault
from kervan.alerts import delivering, service
from kervan.alerts.conditions import Conditions
from kervan.db import execute, fetch, fetchval, transaction
from kervan.ids import new_public_id
from kervan.mail import delivery, sending
from kervan.mail import service as mail
from kervan.mail.sending import UNSURE
from kervan.outbox import publish
from kervan.privacy import consents
from kervan.requests import service as requests
from kervan.settings import Settings

from .conftest import announce, later, ledger_of, make_alert, public, wish, work

AYSE = "ayse.yilmaz@example.com"


async def states() -> list[str]:
    return [row["state"] for row in await ledger_of()]


async def bell(person: int) -> list[dict[str, Any]]:
    return [
        dict(row) for row in await fetch("SELECT * FROM notification WHERE person = $1 ORDER BY id", person)
    ]


async def test_a_request_is_told_by_mail_and_under_the_bell_at_once(
    board: Board, settings: Settings, smtp: Server
) -> None:
    alert = await make_alert(board.ayse)
    made = await requesting.published(board)
    await work(settings)
    [letter] = smtp.to(AYSE)
    stop = f"/alerts/stop/{service.stop_token(await public(alert))}"
    assert letter["Subject"] == "New request from Germany: White cotton towels for hotels"
    assert letter["List-Unsubscribe"] == f"<{settings.public_url}{stop}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = letter.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert f"{settings.public_url}/en/requests/white-cotton-towels-for-hotels-{made.public_id}" in text
    assert "It fits your alert Towels." in text
    assert f"{settings.public_url}/en{stop}" in text
    assert "Nordlicht" not in text
    [line] = await bell(board.ayse.person)
    assert (line["kind"], line["organisation"]) == ("request_alert", board.ayse.firm.id)
    assert line["path"] == f"/requests/white-cotton-towels-for-hotels-{made.public_id}"
    [row] = await ledger_of()
    assert (row["state"], row["mail"]) == (
        "TOLD",
        await fetchval("SELECT id FROM mail WHERE template = 'request_alert'"),
    )
    assert row["told_at"] is not None


async def test_whoever_has_two_alerts_hears_once_of_a_request(
    board: Board, settings: Settings, smtp: Server
) -> None:
    one, two = await make_alert(board.ayse), await make_alert(board.ayse, Conditions(), name="All")
    daily = await make_alert(board.ayse, Conditions(), name="Collected", frequency="DAILY")
    await requesting.published(board)
    await work(settings)
    [letter] = smtp.to(AYSE)
    body = letter.get_body(("plain",))
    assert body is not None
    for alert in (one, two, daily):
        assert service.stop_token(await public(alert)) in body.get_content()
    # Which of them the mail program's button would end nobody could know: it ends all mails of this kind.
    assert "/unsubscribe/" in letter["List-Unsubscribe"]
    assert await states() == ["TOLD"] * 3
    assert len({row["mail"] for row in await ledger_of()}) == 1
    assert len(await bell(board.ayse.person)) == 1


async def test_telling_twice_and_at_once_tells_once(board: Board, settings: Settings, smtp: Server) -> None:
    for _ in range(3):
        await make_alert(board.ayse)
    await make_alert(board.can)
    await requesting.published(board)
    await announce()
    ids = [row["id"] for row in await ledger_of()]
    await asyncio.gather(*(delivering.carry(settings, list(ids)) for _ in range(4)))
    await delivering.carry(settings, list(reversed(ids)))
    await work(settings)
    assert len(smtp.to(AYSE)) == len(smtp.to("can.demir@example.com")) == 1
    assert len(await alert_mails()) == 2
    assert await fetchval("SELECT count(*) FROM notification WHERE kind = 'request_alert'") == 2


async def alert_mails() -> list[dict[str, Any]]:
    return [row for row in await mails() if row["template"] == "request_alert"]


async def test_an_alert_that_ended_meanwhile_is_not_told(board: Board, settings: Settings) -> None:
    alert = await make_alert(board.ayse)
    await requesting.published(board)
    await announce()
    await service.end(board.ayse.caller, await public(alert), "TOO_MANY")
    await work(settings)
    assert await states() == ["SKIPPED"]
    assert await alert_mails() == []
    assert await bell(board.ayse.person) == []


async def test_a_request_that_closed_meanwhile_is_not_told(board: Board, settings: Settings) -> None:
    await make_alert(board.ayse)
    made = await requesting.published(board)
    await announce()
    await requests.withdraw(board.buyer.caller, await requesting.own(board, made), "Bought elsewhere.")
    await work(settings)
    assert await states() == ["SKIPPED"]
    assert await alert_mails() == []


async def test_who_left_the_firm_is_not_told_and_their_alerts_end(board: Board, settings: Settings) -> None:
    alert = await make_alert(board.ayse)
    await requesting.published(board)
    await announce()
    await execute("UPDATE membership SET ended_at = now() WHERE person = $1", board.ayse.person)
    await work(settings)
    assert await states() == ["SKIPPED"]
    assert await service.end_orphans() == 1
    assert await service.end_orphans() == 0
    row = (await fetch("SELECT end_reason, ended_at FROM alert WHERE id = $1", alert))[0]
    assert (row["end_reason"], row["ended_at"] is None) == ("LEFT", False)
    assert ("system:rounds", "alert.ended") in await audited(await public(alert))


async def test_without_consent_there_is_no_mail_but_the_bell(board: Board, settings: Settings) -> None:
    both, by_mail = await make_alert(board.ayse), await make_alert(board.can, channels=("MAIL",))
    for who in (board.ayse, board.can):
        async with transaction() as tx:
            await consents.withdraw(tx.connection, who.person, "alerts", "test")
    await requesting.published(board)
    await work(settings)
    assert await alert_mails() == []
    found = {row["alert"]: row["state"] for row in await ledger_of()}
    assert found == {both: "TOLD", by_mail: "SKIPPED"}
    assert len(await bell(board.ayse.person)) == 1


async def test_a_consent_that_is_withdrawn_before_the_mail_goes_stops_it(
    board: Board, settings: Settings, smtp: Server
) -> None:
    await make_alert(board.ayse)
    await requesting.published(board)
    await announce()
    [row] = await ledger_of()
    await delivering.carry(settings, [row["id"]])
    async with transaction() as tx:
        await consents.withdraw(tx.connection, board.ayse.person, "alerts", "test")
    await work(settings)
    assert [one["state"] for one in await alert_mails()] == ["SUPPRESSED"]
    assert smtp.to(AYSE) == []


async def test_an_alert_for_the_feed_alone_tells_nobody(board: Board, settings: Settings) -> None:
    await make_alert(board.ayse, channels=())
    await requesting.published(board)
    await work(settings)
    await announce()
    # Nothing asks for telling it: its row waits for nothing.
    assert await alert_mails() == []
    assert await bell(board.ayse.person) == []
    assert await states() == ["TOLD"]


async def test_a_firms_webhooks_hear_once_whoever_asked(board: Board, settings: Settings) -> None:
    colleague = await make_person("Berk Ak")
    await execute(
        "INSERT INTO membership (person, organisation, role, valid_from) VALUES ($1, $2, 'VIEWER', '2020-01-01')",
        colleague,
        board.ayse.firm.id,
    )
    await execute(
        """INSERT INTO webhook (public_id, organisation, name, url, events, secret, active, created_by)
        VALUES ('hhhhhhhhhhhh', $1, 'ERP', 'http://127.0.0.1:9/', '{request.matched}', $2, true, $3)""",
        board.ayse.firm.id,
        vault.seal("whsec_x", "webhook"),
        board.ayse.person,
    )
    await make_alert(board.ayse, channels=("WEBHOOK",))
    caller = board.ayse.caller
    other = Side(
        Firm(board.ayse.firm.id, board.ayse.firm.public_id, 0),
        colleague,
        msgspec.structs.replace(caller, person=colleague),
        board.ayse.membership,
    )
    await make_alert(other, channels=("WEBHOOK",))
    made = await requesting.published(board)
    await work(settings)
    [row] = await fetch("SELECT * FROM webhook_delivery")
    said = msgspec.json.decode(row["payload"])["data"]
    assert (row["event"], said["id"], said["country"], said["edition"]) == (
        "request.matched",
        made.public_id,
        "DE",
        1,
    )
    assert "buyer_name" not in said
    assert await states() == ["TOLD", "TOLD"]


# --------------------------------------------------------------------------------------------- invitations


async def invited(board: Board, request: int) -> int:
    """A row of the ledger for an invitation of Ayşe's firm."""
    invitation = await fetchval(
        """INSERT INTO request_invitation (public_id, request, exporter, organisation, person, edition)
        VALUES ($1, $2, $3, $4, $5, 1) RETURNING id""",
        new_public_id(),
        request,
        board.ayse.firm.entity,
        board.post.firm.id,
        board.post.person,
    )
    async with transaction() as tx:
        id: int = await tx.connection.fetchval(
            "INSERT INTO alert_delivery (invitation, request, edition) VALUES ($1, $2, 1) RETURNING id",
            invitation,
            request,
        )
        await publish("alerts.deliver", deliveries=[id])
    return id


async def test_an_invitation_reaches_those_who_answer_orders(
    board: Board, settings: Settings, smtp: Server
) -> None:
    viewer = await side(board.ayse.firm, "Berk Ak", "VIEWER")
    made = await requesting.published(board)
    await work(settings)
    row = await invited(board, made.id)
    await work(settings)
    await delivering.carry(settings, [row])
    await work(settings)
    [letter] = smtp.to(AYSE)
    assert letter["Subject"] == "Invitation to quote: White cotton towels for hotels, Germany"
    assert letter["List-Unsubscribe"] is None
    body = letter.get_body(("plain",))
    assert body is not None
    assert f"/desk/{board.ayse.org}/board/{made.public_id}/answer" in body.get_content()
    assert len(await bell(board.ayse.person)) == 1
    assert smtp.to("berk.ak@example.com") == []
    assert await bell(viewer.person) == []
    assert await states() == ["TOLD"]


async def test_an_invitation_to_a_closed_request_is_skipped(board: Board, settings: Settings) -> None:
    made = await requesting.published(board)
    await invited(board, made.id)
    await requests.withdraw(board.buyer.caller, await requesting.own(board, made), "Bought elsewhere.")
    await work(settings)
    assert await states() == ["SKIPPED"]


# --------------------------------------------------------------------------------------------- at most once


class Killed(BaseException):
    """The process dies here."""


async def test_a_worker_that_dies_after_the_servers_word_does_not_mail_twice(
    board: Board, settings: Settings, smtp: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_alert(board.ayse)
    await requesting.published(board)
    taken = delivery.Line.deliver

    async def die_after(self: Any, letter: Any, to: str) -> None:
        await taken(self, letter, to)
        if letter["X-Kervan-Mail"] == "request_alert":
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(delivery.Line, "deliver", die_after)
        with pytest.raises(Killed):
            await work(settings)
    assert len(smtp.to(AYSE)) == 1
    await later()
    await work(settings)
    assert len(smtp.to(AYSE)) == 1
    [row] = await alert_mails()
    assert (row["state"], row["last_error"]) == ("FAILED", UNSURE)
    # Staff look at it and decide.
    await mail.retry(row["public_id"], "user:1")
    await work(settings)
    assert len(smtp.to(AYSE)) == 2
    assert [one["state"] for one in await alert_mails()] == ["SENT"]


async def test_a_server_that_falls_silent_over_the_letter_is_not_asked_again(
    board: Board, settings: Settings, smtp: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CONNECT_SECONDS", 0.7)
    await make_alert(board.ayse)
    await requesting.published(board)
    take = smtp.handle_DATA

    async def take_and_say_nothing(*args: Any) -> str:
        said = await take(*args)
        await asyncio.sleep(1.5)
        return said

    with monkeypatch.context() as patched:
        patched.setattr(smtp, "handle_DATA", take_and_say_nothing)
        await work(settings)
    assert len(smtp.to(AYSE)) == 1
    await later()
    await work(settings)
    assert len(smtp.to(AYSE)) == 1
    [row] = await alert_mails()
    assert row["state"] == "FAILED"
    assert row["last_error"].startswith(UNSURE)


async def test_a_server_that_is_away_is_tried_again(board: Board, settings: Settings, smtp: Server) -> None:
    await make_alert(board.ayse)
    await requesting.published(board)
    away = msgspec.structs.replace(settings, smtp_url="smtp://127.0.0.1:9")
    await work(away)
    [row] = await alert_mails()
    assert (row["state"], row["handed_at"]) == ("QUEUED", None)
    await later()
    await work(settings)
    assert len(smtp.to(AYSE)) == 1


async def test_other_mails_are_sent_again_after_a_crash(
    db: None, settings: Settings, smtp: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link for a new password twice is better than none."""
    async with transaction():
        await mail.send("reset_password", AYSE, "en", token="x" * 43)
    taken = delivery.Line.deliver

    async def die_after(self: Any, letter: Any, to: str) -> None:
        await taken(self, letter, to)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(delivery.Line, "deliver", die_after)
        with pytest.raises(Killed):
            await work(settings)
    await later()
    await work(settings)
    assert [letter["Message-ID"] for letter in smtp.to(AYSE)] == [smtp.to(AYSE)[0]["Message-ID"]] * 2
    assert await fetchval("SELECT state FROM mail") == "SENT"


async def test_alert_mails_have_a_lane_of_their_own(board: Board, settings: Settings) -> None:
    await make_alert(board.ayse)
    await requesting.published(board)
    await announce()
    [row] = await ledger_of()
    await delivering.carry(settings, [row["id"]])
    sent = await fetchval("SELECT id FROM mail WHERE template = 'request_alert'")
    topics = await fetch(
        "SELECT topic FROM outbox WHERE payload -> 'ids' @> to_jsonb(ARRAY[$1::bigint])", sent
    )
    assert [one["topic"] for one in topics] == ["mail.bulk"]
    assert set(sending.handlers(settings)) == {"mail.send", "mail.bulk"}


async def test_a_digest_that_becomes_immediate_tells_what_waits(
    board: Board, settings: Settings, smtp: Server
) -> None:
    alert = await make_alert(board.ayse, frequency="WEEKLY")
    await requesting.published(board)
    await work(settings)
    assert await states() == ["QUEUED"]
    assert len(await bell(board.ayse.person)) == 1, "the bell does not wait for the digest"
    await service.change(board.ayse.caller, await public(alert), wish(), version=1, language="en")
    await work(settings)
    assert await states() == ["TOLD"]
    assert len(smtp.to(AYSE)) == 1
    assert len(await bell(board.ayse.person)) == 1
