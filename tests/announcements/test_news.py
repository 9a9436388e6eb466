"""New events under the bell and by webhook for those whom they concern, and the weekly mail, never twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from announcing import Hall, agree, make_event, make_reader
from asking import side
from factories import make_exporter, make_product
from people import firm_of, mails, make_importer, make_member, make_person

from kervan.announcements import digests, news, preferences
from kervan.announcements.preferences import Preference
from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import Invalid
from kervan.privacy import consents, texts
from kervan.privacy.queries import consents_of
from kervan.settings import load

SETTINGS = load({})
MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def heard(event: int) -> set[str]:
    public_id = await fetchval("SELECT public_id FROM trade_event WHERE id = $1", event)
    rows = await fetch(
        """SELECT p.name FROM notification n JOIN person p ON p.id = n.person
        WHERE n.kind = 'event_published' AND n.path LIKE '%' || $1""",
        public_id,
    )
    return {row["name"] for row in rows}


async def test_importers_hear_of_events_for_their_goods_and_country(hall: Hall) -> None:
    await make_reader("German Towels", "DE", consent=False)
    await make_reader("French Oil", "FR", importer={"sectors": ["food"], "headings": ["1509"]})
    await make_reader("By Heading", "FR", importer={"sectors": [], "headings": ["630260"]})
    viewer = await make_person("Only Looks")
    await make_member(await make_importer("Viewers", "DE", sectors=["home-textiles"]), viewer, "VIEWER")
    event = await make_event(hall.association.firm.id, headings=["6302"])
    assert await news.tell_all(SETTINGS, event) == 2
    assert await heard(event) == {"German Towels", "By Heading"}
    # The worker may be asked twice.
    assert await news.tell_all(SETTINGS, event) == 0
    abroad = await make_event(hall.association.firm.id, target_countries=["FR"], headings=["6302"])
    await news.tell_all(SETTINGS, abroad)
    assert await heard(abroad) == {"By Heading"}


async def test_exporters_hear_by_sector_or_by_what_they_sell(hall: Hall) -> None:
    by_sector = await side(await firm_of(await make_exporter()), "Ayşe Yılmaz", "ORDER_DESK")
    oil = await make_exporter("can-zeytin", trade_name="Can", legal_name="Can Ltd. Şti.", sectors=("food",))
    await make_product(oil, "HV-9")
    await side(await firm_of(oil), "Can Demir", "OWNER")
    event = await make_event(hall.association.firm.id, headings=["6302"])
    await news.tell_all(SETTINGS, event)
    assert await heard(event) == {"Ayşe Yılmaz", "Can Demir"}
    closed = await make_event(hall.association.firm.id, headings=["6302"], capacity_exporters=0)
    await news.tell_all(SETTINGS, closed)
    assert await heard(closed) == set()
    assert by_sector.person


@pytest.mark.parametrize("frequency", ["WEEKLY", "NEVER"])
async def test_who_does_not_want_to_hear_at_once_is_left_in_peace(hall: Hall, frequency: str) -> None:
    person = await make_reader("German Towels")
    await execute("INSERT INTO event_news (person, frequency) VALUES ($1, $2)", person, frequency)
    await news.tell_all(SETTINGS, hall.event)
    assert await heard(hall.event) == set()


async def test_an_event_that_was_cancelled_meanwhile_tells_nobody(hall: Hall) -> None:
    await make_reader("German Towels")
    await execute(
        "UPDATE trade_event SET state = 'CANCELLED', cancelled_at = now() WHERE id = $1", hall.event
    )
    assert await news.tell_all(SETTINGS, hall.event) == 0


async def test_webhooks_of_firms_that_it_concerns_hear_once(hall: Hall) -> None:
    for name, sectors in (("Towels", ["home-textiles"]), ("Oil", ["food"])):
        firm = await make_importer(name, "DE", sectors=sectors)
        person = await make_person(f"{name} Owner")
        await execute(
            """INSERT INTO webhook (public_id, organisation, name, url, events, secret, created_by)
            VALUES (substr(md5($1), 1, 12), $2, $1, 'https://hook.example/', '{event.published}', 'x', $3)""",
            name, firm.id, person,
        )  # fmt: skip
    await news.tell_all(SETTINGS, hall.event)
    await news.tell_all(SETTINGS, hall.event)
    rows = await fetch(
        "SELECT w.name, d.payload FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook WHERE d.event = $1",
        news.EVENT,
    )
    assert [row["name"] for row in rows] == ["Towels"]
    assert '"titles"' in rows[0]["payload"]


async def weekly(person: int, **fields: Any) -> None:
    values = {"told_until": MONDAY - timedelta(days=9), **fields}
    await execute(
        "INSERT INTO event_news (person, frequency, told_until) VALUES ($1, 'WEEKLY', $2)",
        person,
        values["told_until"],
    )


async def fitting(hall: Hall, **fields: Any) -> int:
    return await make_event(
        hall.association.firm.id,
        **{"published_at": MONDAY - timedelta(days=2), "starts_at": MONDAY + timedelta(days=30),
           "ends_at": MONDAY + timedelta(days=31), **fields},
    )  # fmt: skip


async def test_the_weekly_mail_tells_what_is_new_once(hall: Hall) -> None:
    person = await make_reader("German Towels")
    await weekly(person)
    await execute("UPDATE trade_event SET published_at = $1", MONDAY - timedelta(days=20))
    await fitting(hall)
    await fitting(hall, target_countries=["FR"])
    assert await digests.send_due(MONDAY) == 1
    [mail] = await mails("german.towels@example.com")
    assert (mail["template"], mail["purpose"]) == ("event_digest", "events")
    assert mail["context"]["count"] == 1
    assert [one["title"] for one in mail["context"]["events"]] == ["Towels & <Linen>"]
    for later in (timedelta(0), timedelta(hours=1), timedelta(days=6)):
        assert await digests.send_due(MONDAY + later) == 0
    assert await digests.send_due(MONDAY + timedelta(days=7)) == 0
    assert len(await mails()) == 1


async def test_a_week_that_no_worker_ran_is_made_up_for(hall: Hall) -> None:
    person = await make_reader("German Towels")
    await weekly(person, told_until=MONDAY - timedelta(days=40))
    await execute("UPDATE trade_event SET published_at = $1", MONDAY - timedelta(days=50))
    await fitting(hall, published_at=MONDAY - timedelta(days=30))
    assert await digests.send_due(MONDAY) == 1


async def test_who_agreed_to_two_mails_a_month_gets_no_weekly_mail_every_week(hall: Hall) -> None:
    person = await make_reader("German Towels", consent=False)
    async with transaction() as tx:
        await consents.give(tx.connection, person, ("events",), "en", "tests", "2026-11-22")
    await weekly(person, told_until=MONDAY)
    await execute("UPDATE trade_event SET published_at = $1", MONDAY - timedelta(days=20))
    sent = []
    for week in range(1, 9):
        monday = MONDAY + timedelta(weeks=week)
        await fitting(hall, published_at=monday - timedelta(days=2), ends_at=MONDAY + timedelta(days=99))
        sent.append(await digests.send_due(monday))
    assert sent == [0, 0, 1, 0, 0, 1, 0, 0]
    assert [mail["context"]["count"] for mail in await mails()] == [3, 3]


async def test_choosing_the_weekly_mail_is_agreeing_to_the_text_that_names_it(hall: Hall) -> None:
    person = await make_reader("German Towels", consent=False)
    async with transaction() as tx:
        await consents.give(tx.connection, person, ("events",), "en", "tests", "2026-11-22")
    version = texts.consents().version
    assert texts.consent_versions()[version].weekly_events
    await preferences.save(person, Preference(consent=True), "en", version, "tests")
    assert [row.text_version for row in await consents_of(person)] == ["2026-11-22"]
    await preferences.save(person, Preference(frequency="WEEKLY", consent=True), "en", version, "tests")
    found = await consents_of(person)
    assert [(row.text_version, row.withdrawn_at is None) for row in found] == [
        (version, True),
        ("2026-11-22", False),
    ]


async def test_without_consent_nothing_is_mailed_and_nothing_is_told_later(hall: Hall) -> None:
    person = await make_reader("German Towels", consent=False)
    await weekly(person)
    await fitting(hall)
    assert await digests.send_due(MONDAY) == 0
    await agree(person)
    assert await digests.send_due(MONDAY + timedelta(hours=1)) == 0
    assert await mails() == []


async def test_the_weekly_mail_needs_consent_and_counting_needs_it_too(hall: Hall) -> None:
    person = await make_reader("German Towels", consent=False)
    version = texts.consents().version
    with pytest.raises(Invalid):
        await preferences.save(person, Preference(frequency="WEEKLY"), "en", version, "tests")
    with pytest.raises(Invalid):
        await preferences.save(person, Preference(frequency="HOURLY"), "en", version, "tests")
    await preferences.save(
        person, Preference(frequency="AT_ONCE", count_opens=True, consent=False), "en", version, "tests"
    )
    assert await preferences.of(person) == Preference()
    wanted = Preference(frequency="WEEKLY", count_opens=True, consent=True)
    await preferences.save(person, wanted, "en", version, "tests")
    assert await preferences.of(person) == wanted


async def test_who_changes_to_weekly_is_not_told_of_the_past(hall: Hall) -> None:
    person = await make_reader("German Towels")
    version = texts.consents().version
    await preferences.save(person, Preference(consent=True), "en", version, "tests")
    await execute("UPDATE event_news SET told_until = now() - interval '90 days'")
    await preferences.save(person, Preference(frequency="WEEKLY", consent=True), "en", version, "tests")
    assert await fetchval("SELECT told_until > now() - interval '1 minute' FROM event_news")
