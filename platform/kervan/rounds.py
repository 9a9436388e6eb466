"""Housekeeping by the clock: what a worker does every hour, one of several workers at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from kervan.accounts import devices, sessions
from kervan.alerts import auditing, digests
from kervan.alerts import service as alerts
from kervan.announcements import bounces
from kervan.announcements import digests as event_digests
from kervan.db import AWAY, engine
from kervan.declarations import rounds as declarations
from kervan.exporters.rounds import expire_verifications
from kervan.importers import verification as importers
from kervan.inquiries import rounds as inquiries
from kervan.meetings import days as meeting_days
from kervan.meetings import rounds as meetings
from kervan.notifications import service as notifications
from kervan.orders import once
from kervan.orders import rounds as orders
from kervan.organisations import invitations, terms
from kervan.policies import news as law_news
from kervan.policies import rates
from kervan.privacy import erasure
from kervan.products.importing import jobs
from kervan.registrations import rounds as registrations
from kervan.requests import outcomes, records, reminders
from kervan.requests import rounds as requests
from kervan.webhooks import service as webhooks

log = structlog.get_logger(__name__)

Round = tuple[float, Callable[[], Awaitable[object]]]
"""Every so many seconds, what: without open transaction, and harmless when it is done once too often."""

HOUR = 3600.0
MINUTE = 60.0

ROUNDS: Sequence[Round] = (
    (HOUR, sessions.forget_old),
    (HOUR, devices.forget_old),
    (HOUR, terms.end_due),
    (HOUR, terms.begin_due),
    (HOUR, invitations.forget_old),
    (HOUR, expire_verifications),
    (HOUR, importers.expire_verifications),
    (HOUR, erasure.carry_out_deferred),
    (HOUR, jobs.forget_old),
    (HOUR, inquiries.expire_quotes),
    (HOUR, inquiries.expire_inquiries),
    (MINUTE, orders.expire_due),
    (HOUR, orders.complete_delivered),
    (5 * MINUTE, declarations.ask_carriers),
    (HOUR, once.forget_old),
    (HOUR, webhooks.forget_old),
    (HOUR, notifications.forget_old),
    (HOUR, rates.fetch_new),
    (HOUR, law_news.tell_new),
    (5 * MINUTE, digests.send_due),
    (5 * MINUTE, event_digests.send_due),
    (6 * HOUR, bounces.forget_old),
    (HOUR, alerts.end_orphans),
    (HOUR, auditing.nightly),
    (5 * MINUTE, requests.expire_due),
    (HOUR, requests.archive_old),
    (HOUR, requests.renew_values),
    (5 * MINUTE, reminders.send_due),
    (5 * MINUTE, meetings.all_due),
    (5 * MINUTE, meeting_days.end_due),
    (HOUR, outcomes.ask_due),
    (HOUR, outcomes.remind_due),
    (6 * HOUR, records.count),
    (MINUTE, registrations.give_places),
    (5 * MINUTE, registrations.remind),
    (HOUR, registrations.end_attendance),
    (HOUR, registrations.ask_surveys),
    (6 * HOUR, registrations.forget_lists),
)

FIRST_AFTER = 30.0
"""Seconds after the start of a worker: what serves people comes first."""

# Any number, the same in every process: "rounds" in ASCII.
_LOCK = 0x726F756E6473


async def run(
    stop: asyncio.Event, rounds: Sequence[Round] = ROUNDS, first_after: float = FIRST_AFTER
) -> None:
    """Goes round until `stop` is set. What fails is logged and tried again when its time comes."""
    due = {number: time.monotonic() + first_after for number in range(len(rounds))}
    while due and not stop.is_set():
        wait = max(0.0, min(due.values()) - time.monotonic())
        try:
            await asyncio.wait_for(stop.wait(), wait)
            return
        except TimeoutError:
            pass
        now = time.monotonic()
        ready = [number for number, at in due.items() if at <= now]
        try:
            await _once([rounds[number] for number in ready])
        except AWAY as error:
            log.warning("rounds cannot reach the database", error=repr(error))
        for number in ready:
            due[number] = time.monotonic() + rounds[number][0]


async def _once(ready: Sequence[Round]) -> None:
    # A connection of its own holds the lock: what is done opens transactions as it likes.
    conn = await engine().get_new_connection()
    try:
        if not await conn.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            return
        for _, work in ready:
            try:
                await work()
            except Exception:
                log.exception("a round failed", work=getattr(work, "__qualname__", repr(work)))
    finally:
        await conn.close(timeout=2)
