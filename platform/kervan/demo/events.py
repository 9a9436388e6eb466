"""The events of the demo: drafted, approved and announced through the services, dated from today on and back."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from kervan.accounts.callers import Caller, Membership
from kervan.db import execute, fetch
from kervan.demo import event_guests, event_mails, past
from kervan.demo.cast import Cast, seat
from kervan.demo.places import ATTACHES, ORGANISERS
from kervan.events import queries, service, states
from kervan.events.service import Saved
from kervan.events.structs import Content, Question, Session, Text
from kervan.resources import fixtures_dir
from kervan.trade import law

Progress = Callable[[int, int], None]
Row = Mapping[str, Any]

_STAFF = {"DENİB": "association", "OAİB": "oaib"}
_ANNOUNCED_DAYS = 45
"""Events were announced so many days before they begin; those further off in the last weeks."""
_SHIFT_DAYS = 400
"""What is over is written as if it were to come, and moved back then: nobody can announce what is over."""


async def tell(person: Mapping[str, int], on_progress: Progress = lambda *_: None) -> None:
    """Makes every event of fixtures/demo/events.json that is not there yet."""
    cast = await seat(person)
    rows: list[Row] = json.loads((fixtures_dir() / "demo" / "events.json").read_text(encoding="utf-8"))
    known = {row["title"] for row in await fetch("SELECT title FROM event_text WHERE language = 'en'")}
    for done, row in enumerate(rows):
        on_progress(done, len(rows))
        if row["en"][0] not in known:
            await _tell(cast, row)
    on_progress(len(rows), len(rows))
    await past.tidy()


async def _tell(cast: Cast, row: Row) -> None:
    caller, membership = await _organiser(cast, row)
    over = row["days"] < 0
    today = law.day_of(datetime.now(UTC)) + timedelta(days=_SHIFT_DAYS if over else 0)
    lead = row["days"] - _ANNOUNCED_DAYS
    announced = datetime.now(UTC) + timedelta(
        days=lead if lead < 0 else -1 - row["days"] * 7 % 40, hours=-(row["days"] % 7)
    )
    marks = [past.mark(announced - timedelta(days=6))]
    content = content_of(row, membership, today)
    made = await service.create(caller, membership.public_id, content)
    await _decide(cast, row, caller, made, content, marks, announced)
    marks.append(past.mark(min(announced + timedelta(days=2), datetime.now(UTC))))
    await event_guests.fill(cast, row, made.public_id, content, caller)
    if "meeting_day" in row:
        await event_guests.meet(cast, made.public_id, content, caller, membership.public_id)
    if over:
        await execute(
            "UPDATE trade_event SET starts_at = starts_at - $2::interval, ends_at = ends_at - $2::interval,"
            " registration_closes_at = registration_closes_at - $2::interval WHERE id = $1",
            made.id,
            timedelta(days=_SHIFT_DAYS),
        )
        await execute(
            "UPDATE event_session SET starts_at = starts_at - $2::interval, ends_at = ends_at - $2::interval"
            " WHERE event = $1",
            made.id,
            timedelta(days=_SHIFT_DAYS),
        )
        await event_guests.attend(made.public_id, caller)
    await past.event(made.id, marks)
    if "meeting_day" in row:
        await event_mails.announce(cast, await queries.shown(made.id), caller)
    if announced < datetime.now(UTC) - timedelta(days=2):
        # Whom it concerns heard of it then.
        await execute(
            "DELETE FROM outbox WHERE topic = 'events.published' AND (payload ->> 'id')::bigint = $1", made.id
        )


async def _decide(
    cast: Cast,
    row: Row,
    caller: Caller,
    made: Saved,
    content: Content,
    marks: list[past.Mark],
    announced: datetime,
) -> None:
    """Takes the event as far as its fixture says that it came."""
    stage = row.get("stage", "PUBLISHED")
    if stage == "DRAFT":
        return
    if states.needs_approval(content.kind, content.organiser_kind):
        await service.submit(caller, made.public_id)
        if stage == "SUBMITTED":
            return
        marks.append(past.mark(announced - timedelta(days=3)))
        admin = await cast.caller("admin")
        if stage == "RETURNED":
            await service.give_back(admin, made.public_id, row["why"])
            return
        await service.approve(admin, made.public_id)
    marks.append(past.mark(announced))
    await service.publish(caller, made.public_id)
    if stage == "CANCELLED":
        marks.append(past.mark(datetime.now(UTC) - timedelta(hours=5)))
        await service.cancel(caller, made.public_id, row["why"])


async def _organiser(cast: Cast, row: Row) -> tuple[Caller, Membership]:
    by = row.get("org_by") or row["by"]
    if by == "ministry":
        caller = await cast.caller("second-admin")
        return caller, caller.of_kind("MINISTRY")[0]
    if by.startswith("post:"):
        country = by.removeprefix("post:")
        caller = await cast.caller({"DE": "attache", "NL": "counsellor"}.get(country) or ATTACHES[country][0])
        return caller, caller.of_kind("POST")[0]
    caller = await cast.caller(_STAFF.get(by) or ORGANISERS[by][0])
    return caller, caller.of_kind("ASSOCIATION")[0]


def content_of(row: Row, membership: Membership, today: date) -> Content:
    """What a row of the fixture says, with its days counted from today."""
    by = row["by"]
    external = by.startswith("EXTERNAL:")
    place = {"country": "TR", "zone": "Europe/Istanbul", **row["place"]}
    zone = ZoneInfo(place["zone"])

    def at(day: int, clock: str) -> datetime:
        return datetime.combine(today + timedelta(days=day), time.fromisoformat(clock), zone).astimezone(UTC)

    first = row["days"]
    begins = at(first, row["from"]) if "from" in row else at(first, "00:00")
    ends = at(first + row["len"] - 1, row["to"]) if "to" in row else at(first + row["len"], "00:00")
    closes = at(first - row["closes"], "12:00") if "closes" in row else None
    registration = row.get("reg", "PLATFORM")
    return Content(
        kind=row["kind"],
        texts=tuple(
            Text(language=code, title=row[code][0], summary=row[code][1], text=row[code][2])
            for code in ("en", "tr")
        ),
        organiser_kind="EXTERNAL" if external else membership.kind,
        organiser_name=by.removeprefix("EXTERNAL:") if external else membership.name,
        format=place.get("format", "ONSITE"),
        country=None if place.get("format") == "ONLINE" else place["country"],
        province=place.get("province"),
        city=place.get("city", ""),
        venue=place.get("venue", ""),
        zone=place["zone"],
        online_url="" if place.get("format", "ONSITE") == "ONSITE" else "https://rooms.kervan.example/hall-1",
        starts_at=begins,
        ends_at=ends,
        whole_days="from" not in row,
        sectors=tuple(row["sectors"]),
        headings=tuple(row["headings"]),
        target_countries=tuple(row.get("targets", ())),
        languages=tuple(row.get("langs", ())),
        capacity_exporters=row.get("cap_e"),
        capacity_importers=row.get("cap_i"),
        fee_exporters=Decimal(row["fee_e"]) if "fee_e" in row else None,
        fee_importers=Decimal(row["fee_i"]) if "fee_i" in row else None,
        fee_currency=row.get("cur"),
        registration=registration,
        registration_url=row.get("reg_url", ""),
        registration_closes_at=closes if registration == "PLATFORM" else None,
        reviewed=row.get("reviewed", False),
        support_reference=row.get("support", ""),
        contact_name="",
        contact_email="events@kervan.example",
        external_url=row.get("url", ""),
        sessions=tuple(
            Session(
                starts_at=at(first + day, start),
                ends_at=at(first + day, end),
                title=title,
                speakers=tuple(speakers),
            )
            for day, start, end, title, speakers in row.get("programme", ())
        ),
        questions=tuple(
            Question(kind=kind, side=side, required=needed, label=label, options=tuple(options))
            for kind, side, needed, label, options in row.get("questions", ())
        ),
    )
