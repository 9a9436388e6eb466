"""Telling people of something: once, only whom it concerns, and only what is committed."""

import pytest
from notifying import House, ids, told
from people import PASSWORD, count

from kervan.accounts import sessions
from kervan.db import connection, execute, fetch, transaction
from kervan.notifications import queries, service
from kervan.notifications.queries import Reader
from kervan.notifications.service import tell
from kervan.privacy import erasure, export


async def test_everybody_is_told_once_though_the_same_is_told_twice(house: House) -> None:
    assert await told(house.ayse, house.can, source="order 7") == 2
    assert await told(house.ayse, house.can, house.zoe, source="order 7") == 1
    assert await told(house.ayse, house.ayse, source="order 8") == 1
    assert await count("notification") == 4


async def test_what_is_rolled_back_was_never_told(house: House) -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction() as tx:
            await tell(tx.connection, [house.ayse], "message_received", {"number": "SP-1"}, "/desk", "x")
            raise ZeroDivisionError
    assert await count("notification") == 0


async def test_nothing_is_told_outside_a_transaction(house: House) -> None:
    async with connection() as conn:
        with pytest.raises(RuntimeError, match="transaction"):
            await tell(conn, [house.ayse], "message_received", {}, "/desk", "x")


@pytest.mark.parametrize(
    "path",
    ["", "desk", "//evil.example/desk", "https://evil.example", "/desk\r\nSet-Cookie: a=b", "/" + 300 * "x"],
)
async def test_a_notification_leads_nowhere_else(house: House, path: str) -> None:
    with pytest.raises(ValueError, match="cannot lead"):
        await told(house.ayse, path=path)


async def test_a_closed_account_is_told_nothing(house: House) -> None:
    await execute("UPDATE person SET state = 'CLOSED' WHERE id = $1", house.zoe)
    assert await told(house.ayse, house.zoe) == 1


async def test_long_values_are_cut(house: House) -> None:
    await told(house.ayse, number="7" * 5000, source="x")
    [found] = await queries.listed(Reader(house.ayse))
    assert len(found.data["number"]) == 300


async def test_who_leaves_a_firm_sees_its_news_no_more_and_keeps_the_own_ones(house: House) -> None:
    await told(house.can, number="SP-1", organisation=house.firm.id)
    await told(house.can, number="SP-2")
    reader = Reader(house.can)
    assert await queries.unread(reader) == 2
    await execute("UPDATE membership SET ended_at = now() WHERE person = $1", house.can)
    assert await queries.unread(reader) == 1
    assert [line.data["number"] for line in await queries.listed(reader)] == ["SP-2"]
    assert await service.mark_read(reader) == 1


async def test_a_key_sees_only_what_concerns_its_organisation(house: House) -> None:
    await told(house.ayse, number="SP-1", organisation=house.firm.id)
    await told(house.ayse, number="SP-2")
    found = await queries.listed(Reader(house.ayse, house.firm.id))
    assert [line.data["number"] for line in found] == ["SP-1"]
    assert await service.mark_read(Reader(house.ayse, house.firm.id)) == 1
    assert await queries.unread(Reader(house.ayse)) == 1


async def test_ids_of_others_are_passed_over(house: House) -> None:
    await told(house.ayse, house.can)
    [mine], [others] = await ids(house.ayse), await ids(house.can)
    assert await service.mark_read(Reader(house.ayse), [mine, others, "no-such-id"]) == 1
    assert await queries.unread(Reader(house.can)) == 1
    assert await service.mark_read(Reader(house.ayse), [mine]) == 0


async def test_the_count_of_a_page_is_that_of_the_list_and_ends_at_a_hundred(house: House) -> None:
    for number in range(103):
        await told(house.ayse, number=f"SP-{number}", organisation=house.firm.id)
    await told(house.can, number="SP-1", organisation=house.firm.id)
    for person, unread in ((house.ayse, 100), (house.can, 1), (house.zoe, 0)):
        async with transaction() as tx:
            token = await sessions.begin(
                tx.connection, person, whole=True, factor=False, device="Tests", address="127.0.0.1"
            )
        found = await sessions.find(token)
        assert found is not None
        assert found.caller.unread == await queries.unread(Reader(person)) == unread
    assert await queries.count(Reader(house.ayse), unread_only=True) == 103


async def test_read_ones_are_forgotten_after_90_days_and_unread_ones_after_a_year(house: House) -> None:
    for number, created, read in (
        ("old and read", 100, 91),
        ("read lately", 400 - 40, 89),
        ("unread", 364, None),
        ("long unread", 366, None),
    ):
        await told(house.ayse, number=number)
        await execute(
            """UPDATE notification SET created_at = now() - make_interval(days => $2),
                read_at = now() - make_interval(days => $3) WHERE data ->> 'number' = $1""",
            number, created, read,
        )  # fmt: skip
    await service.forget_old()
    left = await fetch("SELECT data ->> 'number' AS number FROM notification ORDER BY id")
    assert [row["number"] for row in left] == ["read lately", "unread"]


async def test_announcements_to_many_stay_below_what_postgresql_takes(house: House) -> None:
    people = list(range(10**17, 10**17 + 2000))
    async with transaction() as tx:
        await service.ring(tx.connection, people)
    payloads = list(service._payloads(people))
    assert max(map(len, payloads)) < 8000
    assert [int(person) for payload in payloads for person in payload.split(",")] == people


async def test_the_own_data_hold_them_and_a_deleted_account_leaves_none(house: House) -> None:
    await told(house.zoe, house.can, number="SP-1")
    [kept] = (await export.everything(house.zoe))["notifications"]
    assert (kept["kind"], kept["data"], kept["path"]) == ("message_received", {"number": "SP-1"}, "/desk")
    assert await erasure.ask(house.zoe, PASSWORD)
    assert await ids(house.zoe) == []
    assert len(await ids(house.can)) == 1
