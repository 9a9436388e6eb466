"""Parts of tests about meeting days: a fair's organiser, two exporters, two importers, a day in any state."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec
from asking import Side
from eventing import Fair

from kervan.db import execute, fetch, fetchval
from kervan.meetings import day_access, day_queries, days, planning, wishes
from kervan.meetings.day_access import Place
from kervan.meetings.day_rules import Content, Hours
from kervan.meetings.day_structs import DayShown, PlanShown
from kervan.meetings.wishes import Times


def content(**changes: Any) -> Content:
    """Six slots of half an hour in Istanbul in three weeks, lunch between them; wishes for ten days."""
    now = datetime.now(UTC)
    whole = Content(
        name="Buyer day",
        day=(now + timedelta(days=21)).date(),
        zone="Europe/Istanbul",
        hours=Hours(starts=time(10), ends=time(14), minutes=30, breaks=((time(11, 30), time(12, 30)),)),
        wishes_until=(now + timedelta(days=10)).replace(microsecond=0),
        tables=2,
        interpreters={"ar": 1},
        place="Hall 2",
    )
    return msgspec.structs.replace(whole, **changes)


async def made(fair: Fair, **changes: Any) -> str:
    """A draft of the association to which all four firms are invited; its public id."""
    day = await days.create(fair.union.caller, fair.union.org, content(**changes))
    for firm in (fair.ayse, fair.can, fair.jonas, fair.zoe):
        await days.invite(fair.union.caller, day, firm.org)
    return day


async def opened(fair: Fair, **changes: Any) -> str:
    """The same, open for wishes."""
    day = await made(fair, **changes)
    await days.open_for_wishes(fair.union.caller, day)
    return day


async def place(firm: Side, day: str, *, act: bool = True) -> Place:
    return await day_access.invited(firm.caller, firm.org, day, act=act)


async def shown(day: str) -> DayShown:
    return await day_queries.shown(await fetchval("SELECT id FROM meeting_day WHERE public_id = $1", day))


async def key(firm: Side, day: str) -> str:
    """Public id of the firm's participation."""
    found: str = await fetchval(
        "SELECT public_id FROM day_participant WHERE id = $1", (await place(firm, day, act=False)).participant
    )
    return found


async def ready(firm: Side, day: str, *slots: int, languages: tuple[str, ...] = ("en",)) -> None:
    """The firm says when it comes; in all slots when none is named."""
    times = Times(slots=slots or (1, 2, 3, 4, 5, 6), languages=languages)
    await wishes.save_times(firm.caller, await place(firm, day), await shown(day), times)


async def wish(firm: Side, day: str, *others: Side) -> None:
    """Whom the firm wants to meet, the dearest first."""
    await wishes.save_wishes(await place(firm, day), [await key(other, day) for other in others])


async def wished(fair: Fair, **changes: Any) -> str:
    """An open day to which everybody comes: the exporters want both importers, Jonas wants Ayşe."""
    day = await opened(fair, **changes)
    for firm in (fair.ayse, fair.can, fair.jonas, fair.zoe):
        await ready(firm, day)
    await wish(fair.ayse, day, fair.jonas, fair.zoe)
    await wish(fair.can, day, fair.zoe, fair.jonas)
    await wish(fair.jonas, day, fair.ayse)
    return day


async def planned(fair: Fair, day: str) -> None:
    """A plan, asked for and made as the worker does."""
    plan = await planning.ask(fair.union.caller, day)
    await planning.carry_out(await fetchval("SELECT id FROM meeting_plan WHERE public_id = $1", plan))


async def published(fair: Fair, **changes: Any) -> str:
    """A day to which everybody comes, with its plan, told to all."""
    day = await wished(fair, **changes)
    await planned(fair, day)
    await planning.publish(fair.union.caller, day)
    return day


async def latest_plan(day: str, *, told: bool = False) -> PlanShown:
    """The latest plan of a day, or the latest that was published."""
    plan = await day_queries.plan(await shown(day), published=told)
    assert plan is not None
    return plan


async def reasons(day: str, *, told: bool = False) -> list[str]:
    """Codes of why the plan does not meet wishes."""
    return [one["why"] for one in (await latest_plan(day, told=told)).refused]


async def state(day: str) -> str:
    found: str = await fetchval("SELECT state FROM meeting_day WHERE public_id = $1", day)
    return found


async def meetings(day: str) -> list[tuple[str, str, str, int]]:
    """(exporter, importer, state, slot number) of the day's meetings."""
    rows = await fetch(
        """SELECT e.name AS exporter, i.name AS importer, m.state, s.number FROM meeting m
        JOIN organisation e ON e.id = m.exporter JOIN organisation i ON i.id = m.importer
        JOIN meeting_slot s ON s.id = m.slot JOIN meeting_day d ON d.id = m.day
        WHERE d.public_id = $1 ORDER BY 1, 2, m.id""",
        day,
    )
    return [tuple(row.values()) for row in rows]


async def shift(day: str, by: timedelta) -> None:
    """As if the clock had gone on: slots, meetings and the end of the wishes move."""
    await execute(
        """UPDATE meeting_slot SET starts_at = starts_at + $2::interval, ends_at = ends_at + $2::interval
        WHERE day = (SELECT id FROM meeting_day WHERE public_id = $1)""",
        day,
        by,
    )
    await execute(
        """UPDATE meeting SET starts_at = starts_at + $2::interval, ends_at = ends_at + $2::interval
        WHERE day = (SELECT id FROM meeting_day WHERE public_id = $1)""",
        day,
        by,
    )
    await execute(
        "UPDATE meeting_day SET wishes_until = wishes_until + $2::interval WHERE public_id = $1", day, by
    )
