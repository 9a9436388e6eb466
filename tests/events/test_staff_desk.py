"""The organisers' desk: who sees which events, tabs and search, what is missing, the steps and the Ministry's queue."""

import csv
import io
from datetime import timedelta
from typing import Any

import eventing
import httpx
import pytest
from asking import Side
from desk import flat
from eventing import Fair, drafted, make_event, shift, state_of
from people import make_member, make_person, post_form, sign_in

from kervan.db import execute, fetch, fetchval
from kervan.events.structs import EventShown
from kervan.organisations.queries import staff_work

DESK = "/en/staff/events"


async def step(
    client: httpx.AsyncClient, event: EventShown, name: str, version: int | None = None, **fields: Any
) -> httpx.Response:
    """Presses a button of the event's page; the version is the one that stands in the database."""
    now = await fetchval("SELECT version FROM trade_event WHERE id = $1", event.id)
    return await post_form(
        client, f"{DESK}/{event.public_id}/steps/{name}", {"version": str(version or now), **fields}, of=DESK
    )


async def mission(firm: Side, **changes: Any) -> EventShown:
    return await drafted(firm, kind="BUYING_MISSION", **changes)


async def register(event: EventShown, firm: Side, side: str, state: str = "CONFIRMED") -> None:
    await execute(
        """INSERT INTO registration (public_id, event, organisation, side, state)
        VALUES (substr(md5(random()::text), 1, 12), $1, $2, $3, $4)""",
        event.id,
        firm.firm.id,
        side,
        state,
    )


async def test_the_desk_is_closed_to_firms_and_visitors(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union)
    paths = [".csv", "/new", "/import", f"/{event.public_id}", f"/{event.public_id}/edit",
             f"/{event.public_id}/programme", f"/{event.public_id}/questions", f"/{event.public_id}/files"]  # fmt: skip
    assert (await client.get(DESK)).status_code == 303
    for firm in (fair.ayse, fair.jonas):
        await sign_in(client, firm.person)
        for path in ["", *paths]:
            assert (await client.get(f"{DESK}{path}")).status_code == 404, path


async def test_staff_of_another_association_find_nothing_of_it(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union)
    await sign_in(client, fair.other_union.person)
    for path in ("", "/edit", "/programme", "/questions", "/files"):
        assert (await client.get(f"{DESK}/{event.public_id}{path}")).status_code == 404, path
    for path in ("edit", "programme", "programme/remove", "questions", "questions/up", "files", "files/remove",
                 "copy", "discard", "steps/cancel", "steps/publish"):  # fmt: skip
        answer = await post_form(client, f"{DESK}/{event.public_id}/{path}", {"reason": "Not ours."}, of=DESK)
        assert answer.status_code == 404, path
    assert "Denizli home textile" not in (await client.get(f"{DESK}?tab=coming")).text
    assert await state_of(event) == "PUBLISHED"


async def test_a_colleague_of_the_same_association_works_on_the_same_events(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await drafted(fair.union)
    await sign_in(client, fair.colleague.person)
    assert (await client.get(f"{DESK}/{event.public_id}/edit")).status_code == 200
    assert (await step(client, event, "publish")).status_code == 303


async def test_only_the_ministry_decides(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await mission(fair.union)
    await sign_in(client, fair.union.person)
    assert (await step(client, event, "submit")).status_code == 303
    for name, fields in (("approve", {}), ("return", {"reason": "Not like this."})):
        assert (await step(client, event, name, **fields)).status_code == 403
    assert await state_of(event) == "SUBMITTED"
    page = flat(await client.get(f"{DESK}/{event.public_id}"))
    assert "The Ministry reads it." in page
    assert "/steps/approve" not in page
    await sign_in(client, fair.ministry.person)
    page = flat(await client.get(DESK))
    assert "Denizli home textile fair" in page
    assert 'href="/en/staff/events" aria-current="page">Waiting' in page
    assert (await step(client, event, "return", reason="")).status_code == 422
    assert (await step(client, event, "return", reason="Name the hotels, please.")).status_code == 303
    await sign_in(client, fair.union.person)
    page = flat(await client.get(f"{DESK}/{event.public_id}"))
    assert "Why it was given back:" in page
    assert "Name the hotels, please." in page
    assert (await step(client, event, "publish")).status_code == 409
    assert (await step(client, event, "submit")).status_code == 303
    await sign_in(client, fair.ministry.person)
    assert (await step(client, event, "approve")).status_code == 303
    await sign_in(client, fair.union.person)
    assert (await step(client, event, "publish")).status_code == 303
    assert await state_of(event) == "PUBLISHED"


async def test_the_menu_counts_what_waits_for_the_ministry_but_not_what_one_wrote_oneself(fair: Fair) -> None:
    event = await mission(fair.union)
    await execute("UPDATE trade_event SET state = 'SUBMITTED' WHERE id = $1", event.id)
    assert (await staff_work(fair.ministry.caller))["events"] == 1
    assert "events" not in await staff_work(fair.union.caller)
    await execute(
        "INSERT INTO event_step (event, action, before, after, person) VALUES ($1, 'edit', 'DRAFT', 'DRAFT', $2)",
        event.id,
        fair.ministry.caller.person,
    )
    assert (await staff_work(fair.ministry.caller))["events"] == 0


async def test_the_ministry_sees_what_was_shown_to_it_and_the_oldest_first(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    secret = await drafted(fair.union, city="Secretville")
    old, new = await mission(fair.union), await mission(fair.other_union)
    for event, days in ((old, 5), (new, 1)):
        await execute(
            "UPDATE trade_event SET state = 'SUBMITTED', submitted_at = now() - $2::interval WHERE id = $1",
            event.id,
            timedelta(days=days),
        )
    await sign_in(client, fair.ministry.person)
    page = (await client.get(DESK)).text
    assert page.index(old.public_id) < page.index(new.public_id)
    assert secret.public_id not in (await client.get(f"{DESK}?tab=drafts")).text
    assert (await client.get(f"{DESK}/{secret.public_id}")).status_code == 404
    only = (await client.get(f"{DESK}?organiser={fair.other_union.org}")).text
    assert new.public_id in only
    assert old.public_id not in only


async def test_events_stand_in_the_tab_of_their_phase(client: httpx.AsyncClient, fair: Fair) -> None:
    draft = await drafted(fair.union)
    coming = await make_event(fair.union)
    running = await shift(await make_event(fair.union), -timedelta(days=31))
    past = await shift(await make_event(fair.union), -timedelta(days=60))
    off = await make_event(fair.union)
    await execute("UPDATE trade_event SET state = 'CANCELLED', cancelled_at = now() WHERE id = $1", off.id)
    await sign_in(client, fair.union.person)
    wanted = {"drafts": draft, "coming": coming, "running": running, "past": past, "cancelled": off}
    for tab, event in wanted.items():
        page = (await client.get(f"{DESK}?tab={tab}")).text
        found = [other.public_id for other in wanted.values() if other.public_id in page]
        assert found == [event.public_id], tab
        assert "1 event<" in page


@pytest.mark.parametrize("asked", ["İSTANBUL", "istanbul", "ıstanbul hali", "halı fuarı"])
async def test_the_search_folds_turkish_letters(client: httpx.AsyncClient, fair: Fair, asked: str) -> None:
    texts = (eventing.Text(language="tr", title="İstanbul Halı Fuarı", summary="Halılar ve kilimler."),
             eventing.Text(language="en", title="Istanbul carpet fair", summary="Carpets and rugs."))  # fmt: skip
    event = await drafted(fair.union, texts=texts)
    other = await drafted(fair.union)
    await sign_in(client, fair.union.person)
    page = (await client.get(DESK, params={"tab": "drafts", "q": asked})).text
    assert event.public_id in page
    assert other.public_id not in page


async def test_a_search_for_signs_of_sql_finds_nothing_and_breaks_nothing(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await drafted(fair.union)
    await sign_in(client, fair.union.person)
    for asked in ("%", "_", "'; DROP TABLE trade_event; --", "\\", "x" * 5000):
        answer = await client.get(DESK, params={"tab": "drafts", "q": asked, "page": "9999"})
        assert answer.status_code == 200
        assert event.public_id not in answer.text, asked


async def test_a_tab_is_a_file_that_no_spreadsheet_runs(client: httpx.AsyncClient, fair: Fair) -> None:
    texts = (eventing.Text(language="en", title="=HYPERLINK(evil)", summary="A formula for a title."),)
    await drafted(fair.union, texts=texts)
    await sign_in(client, fair.union.person)
    answer = await client.get(f"{DESK}.csv?tab=drafts")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["title"] for row in rows] == ["'=HYPERLINK(evil)"]
    assert rows[0]["state"] == "Draft"
    assert rows[0]["address"].startswith("https://kervan.test/en/staff/events/")


async def test_the_list_costs_the_same_queries_for_one_event_and_for_twenty(
    client: httpx.AsyncClient, fair: Fair, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kervan.events import staff_queries

    asked: list[str] = []
    real = staff_queries.fetch

    async def counted(sql: str, *values: object) -> Any:
        asked.append(sql)
        return await real(sql, *values)

    monkeypatch.setattr(staff_queries, "fetch", counted)
    await sign_in(client, fair.union.person)
    numbers = []
    for _ in range(2):
        for _ in range(3):
            await drafted(fair.union)
        asked.clear()
        assert (await client.get(f"{DESK}?tab=drafts")).status_code == 200
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]


async def test_what_is_missing_is_listed_with_the_place_where_it_is_added(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    turkish = (eventing.content().texts[1],)
    event = await drafted(
        fair.union, starts_at=None, ends_at=None, texts=turkish, contact_email="", external_url=""
    )
    await sign_in(client, fair.union.person)
    here = f"{DESK}/{event.public_id}"
    page = flat(await client.get(here))
    assert "What is missing before it can be announced" in page
    for field, sentence in (
        ("starts_day", "Say when it begins."),
        ("title_en", "Give it a title in English"),
        ("contact_email", "Give an address for questions, or a website."),
    ):
        assert f'href="{here}/edit?missing=1#f-{field}">{sentence}' in page, field
    refused = await step(client, event, "publish")
    assert refused.status_code == 422
    assert "Something is missing yet." in refused.text
    assert await state_of(event) == "DRAFT"
    form = flat(await client.get(f"{here}/edit?missing=1"))
    assert 'id="f-starts_day-error"' in form
    assert "Say when it begins." in form


async def test_a_cancellation_says_how_many_are_told_needs_a_reason_and_is_for_good(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await make_event(fair.union)
    await register(event, fair.ayse, "EXPORTER")
    await register(event, fair.jonas, "IMPORTER", "WAITLISTED")
    await register(event, fair.zoe, "IMPORTER", "CANCELLED")
    await sign_in(client, fair.union.person)
    here = f"{DESK}/{event.public_id}"
    page = flat(await client.get(here))
    assert "2 registered firms are told at once by mail." in page
    refused = await step(client, event, "cancel", reason="")
    assert refused.status_code == 422
    assert "Say why, in a few words." in refused.text
    kept = await step(client, event, "cancel", version=1, reason="The hall is under water.")
    assert kept.status_code == 409
    assert "The hall is under water." in kept.text
    assert (await step(client, event, "cancel", reason="The hall is under water.")).status_code == 303
    page = flat(await client.get(here))
    assert "Why it was cancelled:" in page
    assert "/steps/" not in page
    assert (await step(client, event, "publish")).status_code == 409
    assert (await client.get(f"{here}/edit")).status_code == 303


async def test_the_numbers_of_an_event_are_counted(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=40)
    await register(event, fair.ayse, "EXPORTER")
    await register(event, fair.can, "EXPORTER", "APPLIED")
    await register(event, fair.jonas, "IMPORTER", "ATTENDED")
    await execute(
        "INSERT INTO event_view (event, day, views) VALUES ($1, current_date, 1234), ($1, current_date - 1, 6)",
        event.id,
    )
    await sign_in(client, fair.union.person)
    page = flat(await client.get(f"{DESK}/{event.public_id}"))
    assert '<bdi>1,240</bdi></p> <p class="stat-label">views' in page
    assert "of 40" in page
    assert "Waiting for the organiser" in page
    for way in ("/registrations", "/door", "/guests"):
        assert f'href="{DESK}/{event.public_id}{way}"' in page
    assert f"/en/staff/announcements?event={event.public_id}" in page
    assert f"/en/staff/meeting-days?event={event.public_id}" in page


async def test_a_copy_is_a_draft_without_days(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union)
    await sign_in(client, fair.union.person)
    answer = await post_form(client, f"{DESK}/{event.public_id}/copy", {}, of=DESK)
    assert answer.status_code == 303
    page = flat(await client.get(answer.headers["location"]))
    assert "This is a new draft. Give it its days." in page
    assert 'value="Denizli home textile fair"' in page
    rows = await fetch("SELECT state, starts_at FROM trade_event ORDER BY id DESC LIMIT 1")
    assert tuple(rows[0]) == ("DRAFT", None)


async def test_a_draft_is_thrown_away_and_an_announced_event_is_not(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    draft, event = await drafted(fair.union), await make_event(fair.union)
    await sign_in(client, fair.union.person)
    gone = await post_form(client, f"{DESK}/{draft.public_id}/discard", {}, of=DESK)
    assert gone.status_code == 303, gone.text
    assert (await client.get(f"{DESK}/{draft.public_id}")).status_code == 404
    kept = await post_form(client, f"{DESK}/{event.public_id}/discard", {}, of=DESK)
    assert kept.status_code == 409
    assert await state_of(event) == "PUBLISHED"


async def test_the_time_line_tells_who_did_what_and_why(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await mission(fair.union)
    await sign_in(client, fair.union.person)
    await step(client, event, "submit")
    await sign_in(client, fair.ministry.person)
    await step(client, event, "return", reason="Name the hotels, please.")
    page = flat(await client.get(f"{DESK}/{event.public_id}"))
    assert page.index("Given back</b>") < page.index("Sent to the Ministry</b>") < page.index("Begun</b>")
    assert "Murat Tan" in page
    assert "Ege Tuna" in page


async def test_somebody_without_the_second_factor_is_led_to_it(client: httpx.AsyncClient, fair: Fair) -> None:
    person = await make_person("Nil Ok")
    await make_member(fair.union.firm, person, "STAFF")
    await sign_in(client, person, factor=False)
    assert "/account/second-factor" in (await client.get(DESK)).headers["location"]


async def test_a_step_that_does_not_exist_is_404_and_a_get_of_one_405(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await make_event(fair.union)
    await sign_in(client, fair.union.person)
    assert (await step(client, event, "explode")).status_code == 404
    assert (await client.get(f"{DESK}/{event.public_id}/steps/cancel")).status_code == 405
