"""Makers for tests of announcements: an event of an association with its staff, importers who agreed, a sender."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, NamedTuple

import msgspec
from asking import Side, side
from people import make_association, make_importer, make_member, make_ministry, make_person, make_post
from staffing import caller_of

from kervan.accounts.callers import Caller
from kervan.announcements import access, queries, service, turns
from kervan.announcements.alive import alive
from kervan.announcements.audience import Audience
from kervan.announcements.sending import Sender
from kervan.announcements.structs import Numbers, Words
from kervan.db import execute, fetch, fetchval, transaction
from kervan.ids import new_public_id
from kervan.policies import book
from kervan.privacy import consents
from kervan.settings import Settings
from kervan.trade import law


class Hall(NamedTuple):
    """Who takes part: an association with two people, the Ministry, a post as a stranger, and the event."""

    association: Side
    colleague: Caller
    ministry: Side
    stranger: Side
    event: int
    event_id: str
    """Public id."""


TEXTS = (
    Words(
        language="en", subject="Meet {event}", text="Dear {name},\n\ncome to {where}. See [the page](event)."
    ),
    Words(language="tr", subject="{event} sizi bekliyor", text="Sayın {name},\n\n{when}: {where}."),
)


async def make_event(organiser: int, **fields: Any) -> int:
    """A published buying mission in Denizli in 60 days, for towels; trade_event.id."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "public_id": new_public_id(),
        "kind": "BUYING_MISSION",
        "organiser": organiser,
        "organiser_kind": "ASSOCIATION",
        "organiser_name": "DENİB",
        "state": "PUBLISHED",
        "country": "TR",
        "province": "20",
        "city": "Denizli",
        "venue": "Fair ground",
        "starts_at": now + timedelta(days=60),
        "ends_at": now + timedelta(days=62),
        "published_at": now,
        "sectors": ["home-textiles"],
        **fields,
    }
    id: int = await fetchval(
        f"INSERT INTO trade_event ({', '.join(values)})"
        f" VALUES ({', '.join(f'${n}' for n in range(1, len(values) + 1))}) RETURNING id",
        *values.values(),
    )
    for language, title in (("en", "Towels & <Linen>"), ("tr", "Havlu günleri")):
        await execute(
            "INSERT INTO event_text (event, language, title) VALUES ($1, $2, $3)", id, language, title
        )
    return id


async def make_hall() -> Hall:
    """All of them."""
    association = await side(await make_association(), "Aylin Kaya", "STAFF")
    second = await make_person("Bora Tan")
    await make_member(association.firm, second, "STAFF")
    event = await make_event(association.firm.id)
    return Hall(
        association=association,
        colleague=await caller_of(second),
        ministry=await side(await make_ministry(), "Murat Tan", "ADMIN"),
        stranger=await side(await make_post("CH"), "Ceren Uslu", "COUNSELLOR"),
        event=event,
        event_id=await fetchval("SELECT public_id FROM trade_event WHERE id = $1", event),
    )


async def agree(person: int, purpose: str = "events") -> None:
    """The person agrees to mails."""
    async with transaction() as tx:
        await consents.give(tx.connection, person, (purpose,), "en", "tests")


async def make_reader(
    name: str,
    country: str = "DE",
    *,
    consent: bool = True,
    importer: Mapping[str, Any] | None = None,
    **fields: Any,
) -> int:
    """Somebody of an importer of their own, for towels, with consent; person.id."""
    values = {"sectors": ["home-textiles"], "headings": ["6302"], **(importer or {})}
    firm = await make_importer(f"{name} GmbH", country, **values)
    person = await make_person(name, **fields)
    await make_member(firm, person, "OWNER")
    if consent:
        await agree(person)
    return person


async def without_night() -> None:
    """No quiet hours, so that tests run at any hour."""
    await figures(QUIET_FROM=0, QUIET_UNTIL=0)


async def figures(**changed: int) -> None:
    """Other figures in the book of the law, until conftest forgets it."""
    found = await book.refresh()
    law.use(
        msgspec.structs.replace(
            found,
            figures=tuple(
                msgspec.structs.replace(row, figure=changed.get(row.name, row.figure))
                for row in found.figures
            ),
        )
    )


async def drafted(
    hall: Hall, audience: Audience | None = None, texts: Sequence[Words] = TEXTS, caller: Caller | None = None
) -> access.Seat:
    """A draft of the association; its writer's seat."""
    writer = caller or hall.association.caller
    about = await access.announceable(writer, hall.event_id)
    made = await service.create(writer, about, "Towels in spring", texts)
    seat = await access.handled(writer, made)
    if audience is not None:
        await service.choose(writer, seat, audience, await version(seat))
    return seat


async def version(seat: access.Seat) -> int:
    found: int = await fetchval("SELECT version FROM event_announcement WHERE id = $1", seat.id)
    return found


async def state(seat: access.Seat) -> str:
    found: str = await fetchval("SELECT state FROM event_announcement WHERE id = $1", seat.id)
    return found


async def approved(hall: Hall, seat: access.Seat) -> None:
    """Submitted by its writer, approved by the colleague."""
    await service.submit(hall.association.caller, seat, await version(seat))
    await service.approve(hall.colleague, seat, await version(seat))


async def planned(hall: Hall, seat: access.Seat) -> None:
    """Approved, and to go out at once."""
    await approved(hall, seat)
    await service.schedule(hall.association.caller, seat, await version(seat), None)


async def begun(hall: Hall, audience: Audience | None = None) -> access.Seat:
    """An announcement whose rows are written and wait."""
    seat = await drafted(hall, audience)
    await planned(hall, seat)
    await turns.turn()
    return seat


async def send_all(settings: Settings, steps: int = 200) -> None:
    """One sender works until there is nothing to do."""
    async with alive() as proof:
        sender = Sender(settings, proof)
        try:
            for _ in range(steps):
                if not await sender.step():
                    break
        finally:
            await sender.close()
    await turns.turn()


async def sent(hall: Hall, settings: Settings) -> access.Seat:
    """An announcement that went out, as far as the mail server let it."""
    seat = await begun(hall)
    await send_all(settings)
    return seat


async def deliveries(seat: access.Seat) -> list[dict[str, Any]]:
    """Rows of the announcement, by person."""
    return [
        dict(row)
        for row in await fetch(
            "SELECT * FROM event_delivery WHERE announcement = $1 ORDER BY person", seat.id
        )
    ]


async def states_of(seat: access.Seat) -> dict[str, int]:
    """How many rows are in each state."""
    rows = await fetch(
        "SELECT state, count(*) AS n FROM event_delivery WHERE announcement = $1 GROUP BY state", seat.id
    )
    return {row["state"]: row["n"] for row in rows}


async def numbers(seat: access.Seat) -> Numbers:
    found = await queries.one(seat.id)
    return await queries.numbers(found.id, found.about.id, found.edition)


def body(letter: EmailMessage, kind: str) -> str:
    """What a mail says as `plain` text or in `html`."""
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
