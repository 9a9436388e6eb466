"""Deliveries: signed, sent once, tried again with growing pauses, paused when they fail, and never lost."""

import asyncio
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from people import mails, make_importer, make_member, make_person
from receiving import Receiver

from kervan import rounds, vault, worker
from kervan.db import execute, fetch, fetchval, transaction
from kervan.settings import Settings
from kervan.webhooks import sending, service, wire
from kervan.webhooks.receiver_example import verify

from .conftest import Owned, caller, later, make_hook, tell, the_delivery, waiting, work


async def test_an_event_goes_out_after_the_commit_signed_and_whole(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    hook = await make_hook(owned, receiver.url)
    await tell(
        owned, data={"order": "KRV-1", "total": Decimal("12.50"), "name": "Şile bezi"}, event_id="o-1_s"
    )
    assert receiver.got == []
    await work(settings)
    [got] = receiver.got
    said = verify(hook.secret, got.headers, got.body)
    assert list(said) == ["id", "event", "created_at", "api_version", "data"]
    assert (said["id"], said["event"], said["api_version"]) == ("o-1_s", "order.submitted", "1")
    assert said["data"] == {"order": "KRV-1", "total": "12.50", "name": "Şile bezi"}
    assert said["created_at"].endswith("Z")
    assert got.headers["webhook-id"] == "o-1_s"
    row = await the_delivery()
    assert (row["state"], row["attempts"], row["last_status"], row["last_error"]) == ("SENT", 1, 204, None)
    assert row["delivered_at"] is not None
    assert await waiting() == 0


async def test_what_is_rolled_back_is_never_sent(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    await make_hook(owned, receiver.url)
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await service.tell([owned.firm.id], "order.submitted", {})
            raise ZeroDivisionError
    await work(settings)
    assert receiver.got == []


async def test_telling_outside_a_transaction_or_of_an_unknown_event_is_the_callers_mistake(
    owned: Owned,
) -> None:
    with pytest.raises(RuntimeError):
        await service.tell([owned.firm.id], "order.submitted", {})
    async with transaction():
        with pytest.raises(ValueError, match=r"order\.eaten"):
            await service.tell([owned.firm.id], "order.eaten", {})
        with pytest.raises(ValueError, match="a.b"):
            await service.tell([owned.firm.id], "order.submitted", {}, event_id="a.b")


async def test_the_same_event_told_twice_is_sent_once(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    await make_hook(owned, receiver.url)
    await tell(owned, event_id="o-1")
    await tell(owned, event_id="o-1")
    await tell(owned, event_id="o-2")
    await work(settings)
    assert [got.headers["webhook-id"] for got in receiver.got] == ["o-1", "o-2"]


async def test_only_those_hear_who_asked_for_the_event_and_whose_firm_it_concerns(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    importer, buyer = await make_importer(), await make_person("Jonas Petersen")
    await make_member(importer, buyer, "OWNER")
    other = Owned(importer, buyer)
    here = receiver.url.partition("?")[0]
    await make_hook(owned, f"{here}/all")
    await make_hook(owned, f"{here}/quotes", ["quote.sent"])
    paused = await make_hook(owned, f"{here}/paused")
    await service.pause(*await caller(owned), paused.id)
    removed = await make_hook(owned, f"{here}/removed")
    await service.remove(*await caller(owned), removed.id)
    await make_hook(other, f"{here}/buyer")
    await tell(owned)
    await work(settings)
    assert [got.path for got in receiver.got] == ["/hook/all"]
    async with transaction():
        await service.tell([owned.firm.id, importer.id], "quote.sent", {}, event_id="q-1")
    await work(settings)
    assert sorted(got.path for got in receiver.got[1:]) == ["/hook/all", "/hook/buyer", "/hook/quotes"]
    assert {got.headers["webhook-id"] for got in receiver.got[1:]} == {"q-1"}


async def test_a_failed_delivery_is_tried_eight_times_with_growing_pauses_and_then_given_up(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    hook = await make_hook(owned, receiver.url)
    receiver.status, receiver.said = 500, b"the queue is full"
    await tell(owned)
    pauses = []
    for number in range(1, 8):
        await work(settings)
        await work(settings)
        row = await the_delivery()
        assert (row["state"], row["attempts"], len(receiver.got)) == ("QUEUED", number, number)
        pauses.append(await fetchval("SELECT next_try_at - now() FROM webhook_delivery"))
        assert await fetchval("SELECT next_try_at > now() FROM outbox"), "nothing spins meanwhile"
        await later()
    assert [timedelta(seconds=round(pause.total_seconds() / 10) * 10) for pause in pauses] == [
        timedelta(seconds=pause) for pause in (30, 120, 600, 3600, 21600, 43200, 86400)
    ]
    await work(settings)
    row = await the_delivery()
    assert (row["state"], row["attempts"], row["last_status"]) == ("FAILED", 8, 500)
    assert (row["last_error"], row["last_answer"]) == (wire.REFUSED, "the queue is full")
    assert await waiting() == 0
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    for got in receiver.got:
        verify(hook.secret, got.headers, got.body)


async def test_a_server_that_comes_back_gets_what_waited(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    await make_hook(owned, receiver.url)
    receiver.status = 503
    await tell(owned)
    await work(settings)
    receiver.status = 200
    await later()
    await work(settings)
    row = await the_delivery()
    assert (row["state"], row["attempts"], row["last_error"]) == ("SENT", 2, None)


async def test_two_workers_never_send_the_same(owned: Owned, receiver: Receiver, settings: Settings) -> None:
    await make_hook(owned, receiver.url)
    receiver.pause = lambda _: 0.2
    for number in range(3):
        await tell(owned, event_id=f"o-{number}")
    ids = [row["id"] for row in await fetch("SELECT id FROM webhook_delivery ORDER BY id")]
    await asyncio.gather(*(sending.carry(settings, ids) for _ in range(3)))
    assert sorted(got.headers["webhook-id"] for got in receiver.got) == ["o-0", "o-1", "o-2"]
    await later()
    await work(settings)
    assert len(receiver.got) == 3
    assert await waiting() == 0


async def test_a_worker_that_died_in_the_middle_loses_nothing(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    """Killed after the claim: the lease runs out, and the same event comes under the same id."""
    await make_hook(owned, receiver.url)
    await tell(owned, event_id="o-1")
    await fetch(sending._CLAIM, (await the_delivery())["id"])
    await work(settings)
    assert receiver.got == [], "it still belongs to the other"
    assert await waiting() == 1
    await later()
    await work(settings)
    assert [got.headers["webhook-id"] for got in receiver.got] == ["o-1"]


@pytest.mark.alone
async def test_a_slow_receiver_does_not_hold_up_the_others(
    owned: Owned, receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "SECONDS", 1.0)
    here = receiver.url.partition("?")[0]
    await make_hook(owned, f"{here}/slow")
    await make_hook(owned, f"{here}/quick")
    taken: dict[str, float] = {}

    def pause(path: str) -> float:
        taken.setdefault(path, time.monotonic())
        return 3.0 if path.endswith("slow") else 0.0

    receiver.pause = pause
    for number in range(5):
        await tell(owned, event_id=f"o-{number}")
    begun = time.monotonic()
    await work(settings)
    assert time.monotonic() - begun < 2.5, "one try of the slow one, not five"
    quick = [got for got in receiver.got if got.path.endswith("quick")]
    assert [got.headers["webhook-id"] for got in quick] == [f"o-{n}" for n in range(5)]
    slow = await fetch(
        """SELECT d.attempts, d.next_try_at > now() + interval '25 seconds' AS rests FROM webhook_delivery d
        JOIN webhook w ON w.id = d.webhook WHERE w.url LIKE '%slow' ORDER BY d.id"""
    )
    assert [(row["attempts"], row["rests"]) for row in slow] == [(1, True)] + [(0, True)] * 4


async def test_one_host_never_gets_more_than_four_requests_at_once(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    for number in range(8):
        await make_hook(owned, f"{receiver.url}{number}")
    receiver.pause = lambda _: 0.1
    await tell(owned)
    await work(settings)
    assert len(receiver.got) == 8
    assert receiver.most_at_once == sending.PER_HOST


async def test_what_does_not_fit_into_a_batch_comes_in_the_next(
    owned: Owned, receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BATCH_SECONDS", 0.25)
    await make_hook(owned, receiver.url)
    receiver.pause = lambda _: 0.1
    async with transaction():
        for number in range(8):
            await service.tell([owned.firm.id], "order.submitted", {}, event_id=f"o-{number}")
    await work(settings)
    assert sorted(got.headers["webhook-id"] for got in receiver.got) == [f"o-{n}" for n in range(8)]


async def _fail(owned: Owned, settings: Settings, times: int) -> None:
    for number in range(times):
        await tell(owned, event_id=f"f-{number}")
    await execute("UPDATE webhook_delivery SET attempts = 7 WHERE state = 'QUEUED'")
    for _ in range(times + 1):
        await later()
        await work(settings)


async def test_a_webhook_that_keeps_failing_is_paused_and_its_owners_are_told(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    hook = await make_hook(owned, receiver.url)
    second = await make_person("Can Öz", "can@ayse-havlu.example", language="tr")
    await make_member(owned.firm, second, "OWNER")
    viewer = await make_person("Elif Ak")
    await make_member(owned.firm, viewer, "VIEWER")
    receiver.status = 500
    await _fail(owned, settings, 5)
    [row] = await fetch("SELECT active, paused_reason, failures FROM webhook")
    assert tuple(row) == (False, "FAILING", 5)
    letters = await mails()
    assert [(mail["template"], mail["to_address"]) for mail in letters] == [
        ("webhook_paused", "zeynep@ayse-havlu.example"),
        ("webhook_paused", "can@ayse-havlu.example"),
    ]
    assert letters[0]["context"]["go"] == f"/desk/{owned.firm.public_id}/webhooks/{hook.id}"
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE action = 'webhook.paused'") == 1
    await tell(owned, event_id="meanwhile")
    await later()
    await work(settings)
    assert len(receiver.got) == 5, "nothing more is written for it, nothing sent"


async def test_one_delivery_that_is_taken_lets_the_count_begin_anew(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    await make_hook(owned, receiver.url)
    receiver.status = 500
    await _fail(owned, settings, 4)
    assert await fetchval("SELECT failures FROM webhook") == 4
    receiver.status = 200
    await tell(owned, event_id="good")
    await later()
    await work(settings)
    assert await fetchval("SELECT failures FROM webhook") == 0


async def test_what_waited_while_a_webhook_rested_goes_out_when_it_is_resumed(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    hook = await make_hook(owned, receiver.url)
    receiver.status = 500
    await tell(owned, event_id="waits")
    await work(settings)
    await service.pause(*await caller(owned), hook.id)
    receiver.status = 200
    await later()
    await work(settings)
    assert len(receiver.got) == 1
    assert await waiting() == 0
    await service.resume(*await caller(owned), hook.id)
    await later()
    await work(settings)
    assert [got.headers["webhook-id"] for got in receiver.got] == ["waits", "waits"]
    assert (await the_delivery())["state"] == "SENT"


async def test_a_trial_is_sent_once_and_to_a_webhook_that_rests_too(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    hook = await make_hook(owned, receiver.url)
    await service.pause(*await caller(owned), hook.id)
    receiver.status = 500
    await service.ping(*await caller(owned), hook.id)
    await work(settings)
    row = await the_delivery()
    assert (row["event"], row["state"], row["attempts"]) == ("ping", "FAILED", 1)
    assert await fetchval("SELECT failures FROM webhook") == 0
    assert verify(hook.secret, receiver.got[0].headers, receiver.got[0].body)["event"] == "ping"


async def test_for_a_day_both_secrets_sign(owned: Owned, receiver: Receiver, settings: Settings) -> None:
    hook = await make_hook(owned, receiver.url)
    new = await service.rotate(*await caller(owned), hook.id)
    await tell(owned, event_id="both")
    await work(settings)
    [got] = receiver.got
    for secret in (hook.secret, new):
        assert verify(secret, got.headers, got.body)["id"] == "both"
    await execute("UPDATE webhook SET old_secret_until = now() - interval '1 second'")
    await tell(owned, event_id="new")
    await work(settings)
    assert verify(new, receiver.got[1].headers, receiver.got[1].body)["id"] == "new"
    with pytest.raises(ValueError, match="signature"):
        verify(hook.secret, receiver.got[1].headers, receiver.got[1].body)


async def test_a_secret_that_cannot_be_opened_is_a_failed_try_and_stops_nobody(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    hook = await make_hook(owned, receiver.url)
    await make_hook(owned, f"{receiver.url}2")
    await execute(
        "UPDATE webhook SET secret = $2 WHERE public_id = $1", hook.id, vault.seal("x", "something else")
    )
    await tell(owned)
    await work(settings)
    assert len(receiver.got) == 1
    assert (
        await fetchval("SELECT last_error FROM webhook_delivery WHERE state = 'QUEUED'") == sending.NO_SECRET
    )


async def test_deliveries_are_forgotten_after_thirty_days(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    await make_hook(owned, receiver.url)
    await tell(owned, event_id="old")
    await tell(owned, event_id="young")
    await execute(
        "UPDATE webhook_delivery SET created_at = now() - interval '31 days' WHERE event_id = 'old'"
    )
    assert service.forget_old in [work for _, work in rounds.ROUNDS]
    await service.forget_old()
    assert (await the_delivery())["event_id"] == "young"


def test_the_worker_knows_the_topic_and_has_a_lane_for_it(settings: Settings) -> None:
    assert "webhook.send" not in worker.slow_handlers(settings), "a mail does not wait for strangers"
    assert "webhook.send" in worker.webhook_handlers(settings)
