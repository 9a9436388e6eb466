"""Whom an audience holds: every group of choices alone and together, and who is counted but not mailed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from announcing import Hall, agree, make_event, make_reader
from people import make_importer, make_member, make_person

from kervan.announcements import audience, queries
from kervan.announcements.audience import Audience
from kervan.db import execute, fetch
from kervan.mail import service as mail


async def held(hall: Hall, **chosen: Any) -> set[str]:
    sql, values = audience.people(Audience(**chosen), 0, hall.event, 1, 2)
    rows = await fetch(f"SELECT p.name FROM ({sql}) q JOIN person p ON p.id = q.person", *values)
    return {row["name"] for row in rows}


@pytest.fixture
async def readers(hall: Hall) -> Hall:
    await make_reader("German Towels", "DE")
    await make_reader("French Oil", "FR", importer={"sectors": ["food"], "headings": ["1509"]})
    await make_reader(
        "Swiss Verified", "CH", importer={"standing": "VERIFIED", "sectors": [], "headings": ["630260"]}
    )
    await make_reader("Turkish Reader", "NL", language="tr", importer={"sectors": [], "headings": []})
    return hall


EVERYBODY = {"German Towels", "French Oil", "Swiss Verified", "Turkish Reader"}


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({}, EVERYBODY),
        ({"countries": ("DE", "FR")}, {"German Towels", "French Oil"}),
        ({"sectors": ("home-textiles",)}, {"German Towels"}),
        ({"headings": ("6302",)}, {"German Towels", "Swiss Verified"}),
        ({"headings": ("63",)}, {"German Towels", "Swiss Verified"}),
        ({"headings": ("630231",)}, {"German Towels"}),
        ({"sectors": ("food",), "headings": ("6302",)}, {"German Towels", "French Oil", "Swiss Verified"}),
        ({"standings": ("VERIFIED",)}, {"Swiss Verified"}),
        ({"languages": ("tr",)}, {"Turkish Reader"}),
        ({"countries": ("DE",), "languages": ("tr",)}, set()),
    ],
)
async def test_each_choice_narrows_the_audience(
    readers: Hall, chosen: dict[str, Any], found: set[str]
) -> None:
    assert await held(readers, **chosen) == found


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE importer SET standing = 'SUSPENDED' WHERE legal_name = 'German Towels GmbH'",
        "UPDATE person SET state = 'SUSPENDED' WHERE name = 'German Towels'",
        "UPDATE person SET email_confirmed_at = NULL WHERE name = 'German Towels'",
        "UPDATE organisation SET closed_at = now() WHERE name = 'German Towels GmbH'",
        "UPDATE membership m SET ended_at = now() FROM person p WHERE p.id = m.person AND p.name = 'German Towels'",
    ],
)
async def test_who_is_not_active_any_more_belongs_to_no_audience(readers: Hall, change: str) -> None:
    await execute(change)
    assert await held(readers) == EVERYBODY - {"German Towels"}


async def test_somebody_of_two_firms_is_one_person(readers: Hall) -> None:
    [row] = await fetch("SELECT id FROM person WHERE name = 'German Towels'")
    await make_member(await make_importer("Second", "AT"), row["id"], "BUYER")
    sql, values = audience.people(Audience(), 0, readers.event, 1, 2)
    assert len(await fetch(sql, *values)) == 4


async def test_past_events_count_by_what_the_firm_did_there(readers: Hall) -> None:
    now = datetime.now(UTC)
    old = await make_event(
        readers.association.firm.id,
        kind="FAIR",
        starts_at=now - timedelta(days=9),
        ends_at=now - timedelta(days=8),
    )
    for name, state in (
        ("German Towels", "ATTENDED"),
        ("French Oil", "NO_SHOW"),
        ("Swiss Verified", "CANCELLED"),
    ):
        await _register(old, name, state)
    await _register(readers.event, "Turkish Reader", "CONFIRMED")
    assert await held(readers, past="ATTENDED") == {"German Towels"}
    assert await held(readers, past="REGISTERED") == {"German Towels", "French Oil"}
    assert await held(readers, past="ATTENDED", kinds=("FAIR",)) == {"German Towels"}
    assert await held(readers, past="ATTENDED", kinds=("TRAINING",)) == set()
    assert await held(readers, here="REGISTERED") == {"Turkish Reader"}
    assert await held(readers, here="NOT_REGISTERED") == EVERYBODY - {"Turkish Reader"}


async def _register(event: int, name: str, state: str) -> None:
    await execute(
        """INSERT INTO registration (public_id, event, organisation, side, state)
        SELECT substr(md5(random()::text), 1, 12), $1, m.organisation, 'IMPORTER', $3 FROM membership m
        JOIN person p ON p.id = m.person WHERE p.name = $2""",
        event, name, state,
    )  # fmt: skip


async def test_the_count_says_who_is_not_mailed_and_why_each_once(readers: Hall) -> None:
    await make_reader("Silent One", consent=False)
    await make_reader("Other Purpose", consent=False)
    [row] = await fetch("SELECT id FROM person WHERE name = 'Other Purpose'")
    await agree(row["id"], "newsletter")
    await execute(
        "INSERT INTO event_news (person, frequency) SELECT id, 'NEVER' FROM person WHERE name = 'French Oil'"
    )
    await mail.suppress("german.towels@example.com", "test")
    await mail.suppress("silent.one@example.com", "test")
    reach = await queries.reach(Audience(), 0, readers.event, 1)
    assert (reach.reached, reach.no_consent, reach.suppressed, reach.quiet) == (2, 2, 1, 1)
    assert reach.everybody == 6


async def test_an_exporter_is_in_no_audience(readers: Hall) -> None:
    stranger = await make_person("Not An Importer")
    await make_member(readers.association.firm, stranger, "STAFF")
    await agree(stranger)
    assert "Not An Importer" not in await held(readers)


@pytest.mark.parametrize(
    ("chosen", "field"),
    [
        ({"countries": ("TR",)}, "countries"),
        ({"countries": ("QQ",)}, "countries"),
        ({"sectors": ("magic",)}, "sectors"),
        ({"headings": ("63021",)}, "headings"),
        ({"headings": ("9999",)}, "headings"),
        ({"headings": tuple(f"{n:02}" for n in range(1, 77))}, "headings"),
        ({"standings": ("SUSPENDED",)}, "standings"),
        ({"languages": ("xx",)}, "languages"),
        ({"kinds": ("PARTY",)}, "kinds"),
    ],
)
def test_choices_that_do_not_exist_are_refused(chosen: dict[str, Any], field: str) -> None:
    assert set(audience.check(Audience(**chosen))) == {field}
