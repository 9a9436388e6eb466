"""An exporter's own limits and holidays: never above the law, never past, every change kept."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import asyncpg
import httpx
import people
import pytest
from desk import a_desk, join

from kervan.db import execute, fetch, fetchval
from kervan.exporters import holidays, limits
from kervan.exporters.limits import OwnLimits

LAW_OF_2020, LAW_OF_2026 = date(2020, 6, 1), date(2026, 11, 22)


def _now() -> datetime:
    return datetime.now(UTC)


def _day(days: int) -> str:
    return (_now().date() + timedelta(days=days)).isoformat()


def test_limits_are_brought_down_to_the_law_of_the_day() -> None:
    wanted = OwnLimits(max_order_eur=Decimal(50_000), max_gross_g=700_000, min_order_eur=Decimal(10))
    assert limits.clamped(wanted, LAW_OF_2026) == (
        OwnLimits(max_order_eur=Decimal(30_000), max_gross_g=600_000, min_order_eur=Decimal(10)),
        ("value", "weight"),
    )
    assert limits.clamped(wanted, LAW_OF_2020)[0].max_gross_g == 300_000
    exactly = OwnLimits(max_order_eur=Decimal(30_000), max_gross_g=600_000)
    assert limits.clamped(exactly, LAW_OF_2026) == (exactly, ())


def test_countries_and_codes_are_asked() -> None:
    own = OwnLimits(
        countries_allowed=("DE", "FR"), countries_blocked=("FR",), codes_excluded=("93", "630260")
    )
    assert [own.takes_country(code) for code in ("DE", "FR", "US")] == [True, False, False]
    assert OwnLimits(countries_blocked=("FR",)).takes_country("US")
    assert [own.takes_code(code) for code in ("930100000000", "630260000011", "630291000000")] == [
        False,
        False,
        True,
    ]


async def test_limits_are_set_clamped_with_a_sentence_and_kept_in_the_history(
    client: httpx.AsyncClient,
) -> None:
    firm = await a_desk(client)
    path = f"/en/desk/{firm.public_id}/limits"
    typed = {
        "min_order_eur": "100",
        "max_order_eur": "45,000.50",
        "max_gross_g": "1 t",
        "max_open_orders": "20",
        "countries_blocked": "Fransa, US",
        "codes_excluded": "93, 6302.60",
    }
    answer = await people.post_form(client, path, typed)
    assert answer.status_code == 303
    page = (await client.get(answer.headers["location"])).text
    assert "The largest order was brought down to <bdi>€30,000.00</bdi>" in page
    assert "The largest weight was brought down to <bdi>600 kg</bdi>" in page
    own = await limits.of(firm.entity, _now())
    assert own == OwnLimits(
        min_order_eur=Decimal(100),
        max_order_eur=Decimal(30_000),
        max_gross_g=600_000,
        max_open_orders=20,
        countries_blocked=("FR", "US"),
        codes_excluded=("630260", "93"),
    )
    assert 'value="30000"' in page
    await people.post_form(client, path, {**typed, "max_order_eur": "20000"})
    assert [change.limits.max_order_eur for change in await limits.history(firm.entity)] == [20_000, 30_000]
    assert (await people.audited(firm.entity))[-1][1] == "exporter.limits"


def test_counts_are_brought_down_to_what_the_platform_allows() -> None:
    wanted = OwnLimits(max_open_orders=50_000, max_orders_a_day=2_001)
    assert limits.clamped(wanted, LAW_OF_2026) == (
        OwnLimits(max_open_orders=10_000, max_orders_a_day=2_000),
        ("open", "daily"),
    )


async def test_orders_a_day_are_limited_and_brought_down_with_a_sentence(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    path = f"/en/desk/{firm.public_id}/limits"
    answer = await people.post_form(client, path, {"max_orders_a_day": "3000", "max_open_orders": "7"})
    page = (await client.get(answer.headers["location"])).text
    assert "Orders a day were brought down to <bdi>2,000</bdi>" in page
    assert "2,000 orders a day" in page
    own = await limits.of(firm.entity, _now())
    assert (own.max_orders_a_day, own.max_open_orders) == (2_000, 7)


async def test_limits_are_brought_down_to_the_book_that_is_in_use(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    await execute(
        "UPDATE regime_limit SET valid_to = (now() AT TIME ZONE 'Europe/Istanbul')::date - 1, closed_at = now()"
        " WHERE route = 'ETGB' AND valid_to IS NULL"
    )
    await execute(
        "INSERT INTO regime_limit (public_id, route, valid_from, max_gross_g, max_value_eur, basis, legal_ref,"
        " certainty, source) VALUES ('testrow00002', 'ETGB', (now() AT TIME ZONE 'Europe/Istanbul')::date, 50000, 900,"
        " 'BOTH', 'x', 'RECALLED', 'test')"
    )
    path = f"/en/desk/{firm.public_id}/limits"
    await people.post_form(client, path, {"max_order_eur": "5000", "max_gross_g": "100 kg"})
    own = await limits.of(firm.entity, _now())
    assert (own.max_order_eur, own.max_gross_g) == (900, 50_000)


async def test_an_order_keeps_to_the_limits_of_its_moment(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    before = _now()
    path = f"/en/desk/{firm.public_id}/limits"
    await people.post_form(client, path, {"max_open_orders": "3"})
    assert await limits.of(firm.entity, before) == OwnLimits()
    assert (await limits.of(firm.entity, _now())).max_open_orders == 3
    await people.post_form(client, path, {"max_open_orders": "3"})
    assert await people.count("exporter_limit") == 1


async def test_a_row_of_limits_cannot_be_changed_afterwards(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    await people.post_form(client, f"/en/desk/{firm.public_id}/limits", {"max_open_orders": "3"})
    with pytest.raises(asyncpg.PostgresError):
        await execute("UPDATE exporter_limit SET max_open_orders = 9")


async def test_wrong_limits_stand_beside_their_fields(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    path = f"/en/desk/{firm.public_id}/limits"
    for typed, sentence in (
        ({"min_order_eur": "500", "max_order_eur": "100"}, "The smallest order cannot be above the largest."),
        ({"max_order_eur": "much"}, "Enter a number such as 12.50."),
        ({"max_order_eur": "-5"}, "Enter a number from 1"),
        ({"max_gross_g": "heavy"}, "is not a weight"),
        ({"max_gross_g": "0 kg"}, "The weight must be above zero."),
        ({"max_open_orders": "0"}, "Enter a whole number from 1"),
        ({"countries_allowed": "Atlantis"}, "is not a country"),
        (
            {"countries_allowed": "DE", "countries_blocked": "Germany"},
            "DE cannot be allowed and blocked at once.",
        ),
        ({"codes_excluded": "6399"}, "is not in the Harmonized System"),
        ({"codes_excluded": "towel"}, "is not a tariff code"),
    ):
        answer = await people.post_form(client, path, typed)
        assert (answer.status_code, sentence in answer.text) == (422, True), typed
    assert await people.count("exporter_limit") == 0


async def test_holidays_are_added_and_taken_back(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    path = f"/en/desk/{firm.public_id}/holidays"
    added = await people.post_form(
        client, path, {"first_day": _day(3), "last_day": _day(5), "note": "Bayram"}
    )
    assert added.status_code == 303
    [holiday] = await holidays.of(firm.entity, _now().date())
    assert (holiday.days, holiday.note) == (3, "Bayram")
    assert "Bayram" in (await client.get(path)).text
    gone = await people.post_form(client, f"{path}/{holiday.public_id}/remove", of=path)
    assert gone.status_code == 303
    assert await holidays.of(firm.entity, _now().date()) == []


async def test_holidays_that_make_no_sense_are_refused(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    path = f"/en/desk/{firm.public_id}/holidays"
    await people.post_form(client, path, {"first_day": _day(10), "last_day": _day(12)})
    for first, last, sentence in (
        (_day(-1), _day(1), "This day is past."),
        (_day(5), _day(4), "The last day cannot be before the first."),
        (_day(12), _day(14), "is a holiday already"),
        (_day(9), _day(13), "is a holiday already"),
        (_day(20), _day(90), "A holiday has at most 62 days."),
        (_day(800), _day(801), "two years ahead"),
        ("yesterday", _day(1), "Enter a date such as"),
        ("", "", "Please fill this in."),
    ):
        answer = await people.post_form(client, path, {"first_day": first, "last_day": last})
        assert (answer.status_code, sentence in answer.text) == (422, True), (first, last)
    assert await people.count("exporter_holiday") == 1


async def test_only_who_keeps_the_profile_sets_limits_and_holidays(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    here = f"/en/desk/{firm.public_id}"
    await people.post_form(client, f"{here}/holidays", {"first_day": _day(3), "last_day": _day(5)})
    holiday = await fetchval("SELECT public_id FROM exporter_holiday")
    posts = (f"{here}/limits", f"{here}/holidays", f"{here}/holidays/{holiday}/remove")
    await join(client, firm, "ORDER_DESK", "Can Demir")
    token = await people.token_of(client, "/en/account")
    for path in posts:
        assert (await client.post(path, data={"_token": token})).status_code == 403, path
    await people.sign_in(client, await people.make_person("Fatma Kaya"))
    token = await people.token_of(client, "/en/account")
    for path in posts:
        assert (await client.post(path, data={"_token": token})).status_code == 404, path
    assert len(await fetch("SELECT FROM exporter_holiday")) == 1
