"""The desk for announcements and the account's page, as browsers without scripts use them."""

import re

import httpx
from announcing import TEXTS, Hall, begun, drafted, make_reader, numbers, state, version
from people import post_form, sign_in, sign_out

from kervan.announcements import letter, service
from kervan.announcements.letter import opened_token
from kervan.db import execute, fetchval
from kervan.privacy.queries import has_consent

BASE = "/en/staff/announcements"
FORM = {
    "name": "Towels in spring",
    "subject-en": "Meet {event}",
    "text-en": "Dear {name},\n\ncome to {where}. See [the page](event).",
    "subject-tr": "",
    "text-tr": "",
}


async def test_an_announcement_goes_its_whole_way_by_forms(hall: Hall, client: httpx.AsyncClient) -> None:
    await make_reader("Jonas Petersen")
    await sign_in(client, hall.association.person)
    found = await client.get(f"{BASE}/new")
    assert hall.event_id in found.text
    made = await post_form(
        client, f"{BASE}/new", {**FORM, "event": hall.event_id}, of=f"{BASE}/new?event={hall.event_id}"
    )
    assert made.status_code == 303, made.text
    here = made.headers["location"].partition("/audience")[0]
    page = await client.get(f"{here}/audience")
    assert 'data-figure="reached">1<' in page.text
    assert "Jonas" not in page.text
    one = {"version": "1", "do": "save", "countries": "Germany, FR", "past": "", "here": ""}
    assert (await post_form(client, f"{here}/audience", one)).status_code == 303
    sent = await post_form(client, f"{here}/test", {"lang": "en"}, of=f"{here}/preview")
    assert sent.status_code == 303
    assert (await post_form(client, f"{here}/submit", {"version": "2"}, of=here)).status_code == 303
    refused = await post_form(client, f"{here}/approve", {"version": "3"}, of=here)
    assert refused.status_code == 403
    assert "Somebody else has to approve it" in refused.text

    await sign_in(client, hall.colleague.person)
    assert (await post_form(client, f"{here}/approve", {"version": "3"}, of=here)).status_code == 303
    gap = {"version": "4", "when": "later", "day": "2027-03-28", "time": "02:30", "zone": "Europe/Berlin"}
    skipped = await post_form(client, f"{here}/schedule", gap, of=here)
    assert skipped.status_code == 422
    assert 'id="f-time-error"' in skipped.text
    assert "02:30" in skipped.text
    past = {"version": "4", "when": "later", "day": "2020-03-01", "time": "12:30", "zone": "Europe/Berlin"}
    refused = await post_form(client, f"{here}/schedule", past, of=here)
    assert refused.status_code == 422
    assert "This time is past" in refused.text
    done = await post_form(
        client, f"{here}/schedule", {"version": "4", "when": "now", "zone": "UTC"}, of=here
    )
    assert done.status_code == 303
    shown = await client.get(here)
    assert '<meta http-equiv="refresh"' in shown.text
    assert await fetchval("SELECT state FROM event_announcement") == "SCHEDULED"


async def test_what_was_typed_wrong_stays_with_a_sentence(hall: Hall, client: httpx.AsyncClient) -> None:
    await sign_in(client, hall.association.person)
    wrong = {**FORM, "event": hall.event_id, "text-en": "Look at https://bad.example", "subject-en": "{whom}"}
    answer = await post_form(client, f"{BASE}/new", wrong, of=f"{BASE}/new?event={hall.event_id}")
    assert answer.status_code == 422
    assert 'id="f-text-en-error"' in answer.text
    assert 'id="f-subject-en-error"' in answer.text
    assert "Look at https://bad.example" in answer.text
    assert await fetchval("SELECT count(*) FROM event_announcement") == 0


async def test_the_count_is_answered_as_json_and_by_the_button(hall: Hall, client: httpx.AsyncClient) -> None:
    await make_reader("Jonas Petersen")
    await make_reader("Silent One", consent=False)
    seat = await drafted(hall)
    await sign_in(client, hall.association.person)
    here = f"{BASE}/{seat.public_id}/audience"
    counted = await client.get(f"{here}/count.json", params={"countries": "DE"})
    assert counted.json() == {"reached": 1, "no_consent": 1, "suppressed": 0, "quiet": 0, "often": 0}
    assert (await client.get(f"{here}/count.json", params={"countries": "Atlantis"})).status_code == 422
    form = {"version": "1", "do": "count", "countries": "FR", "past": "", "here": ""}
    by_button = await post_form(client, here, form)
    assert 'data-figure="reached">0<' in by_button.text
    assert "there is nobody to send it to" in by_button.text
    assert await version(seat) == 1


async def test_the_preview_is_the_mail_in_a_frame_that_can_do_nothing(
    hall: Hall, client: httpx.AsyncClient
) -> None:
    seat = await drafted(hall)
    await sign_in(client, hall.association.person)
    page = await client.get(f"{BASE}/{seat.public_id}/preview?lang=tr")
    assert "Sayın Aylin Kaya" in page.text
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    frame = re.search(r'<iframe[^>]*src="([^"]+)"', page.text)
    assert frame
    html = await client.get(frame[1])
    assert html.headers["content-security-policy"].startswith("default-src 'none'")
    assert "sandbox" in html.headers["content-security-policy"]
    assert "Havlu günleri" in html.text
    assert (await client.get(f"{BASE}/{seat.public_id}/preview/xx/mail")).status_code == 404


async def test_strangers_find_nothing(hall: Hall, client: httpx.AsyncClient) -> None:
    seat = await drafted(hall)
    reader = await make_reader("Jonas Petersen")
    paths = (
        BASE, f"{BASE}/new?event={hall.event_id}", *(f"{BASE}/{seat.public_id}{end}" for end in
        ("", "/edit", "/audience", "/audience/count.json", "/preview", "/preview/en/mail", "/progress.json")),
    )  # fmt: skip
    await sign_in(client, reader)
    for path in paths:
        assert (await client.get(path)).status_code == 404, path
    await sign_in(client, hall.stranger.person)
    assert (await client.get(BASE)).status_code == 200
    for path in paths[1:]:
        assert (await client.get(path)).status_code == 404, path
    for step in ("submit", "approve", "abort", "test", "edit", "audience"):
        answer = await post_form(
            client, f"{BASE}/{seat.public_id}/{step}", {"version": "1"}, of="/en/account"
        )
        assert answer.status_code == 404, step
    sign_out(client)
    assert (await client.get(f"{BASE}/{seat.public_id}")).status_code in (302, 303)
    assert await state(seat) == "DRAFT"


async def test_progress_is_told_and_the_numbers_stand_on_the_page(
    hall: Hall, client: httpx.AsyncClient
) -> None:
    await make_reader("Jonas Petersen")
    seat = await begun(hall)
    await sign_in(client, hall.association.person)
    told = (await client.get(f"{BASE}/{seat.public_id}/progress.json")).json()
    assert (told["state"], told["percent"], told["numbers"]["queued"]) == ("SENDING", 0, 1)
    await post_form(
        client,
        f"{BASE}/{seat.public_id}/pause",
        {"version": str(await version(seat))},
        of=f"{BASE}/{seat.public_id}",
    )
    assert await state(seat) == "PAUSED"
    stopped = {"version": str(await version(seat)), "reason": "Wrong date"}
    await post_form(client, f"{BASE}/{seat.public_id}/abort", stopped, of=f"{BASE}/{seat.public_id}")
    page = await client.get(f"{BASE}/{seat.public_id}")
    assert "Wrong date" in page.text
    assert (await numbers(seat)).aborted == 1
    twice = {"version": str(await version(seat)), "when": "now", "zone": "UTC"}
    here = f"{BASE}/{seat.public_id}"
    again = await post_form(client, f"{here}/schedule", twice, of=here)
    assert again.status_code == 409
    assert "This edition went out already" in again.text


async def test_a_stale_page_decides_nothing(hall: Hall, client: httpx.AsyncClient) -> None:
    await make_reader("Jonas Petersen")
    seat = await drafted(hall)
    await service.change(hall.colleague, seat, "Other", TEXTS, await version(seat))
    await sign_in(client, hall.association.person)
    here = f"{BASE}/{seat.public_id}"
    assert (await post_form(client, f"{here}/submit", {"version": "1"}, of=here)).status_code == 409
    assert await state(seat) == "DRAFT"


async def test_the_list_shows_ones_own_and_the_ministry_all(hall: Hall, client: httpx.AsyncClient) -> None:
    await drafted(hall)
    for person, count in ((hall.association.person, 1), (hall.ministry.person, 1), (hall.stranger.person, 0)):
        await sign_in(client, person)
        page = await client.get(f"{BASE}?event={hall.event_id}&q=towels&lang=tr")
        assert page.text.count("Towels in spring") == count
    assert (await client.get(f"{BASE}?q=%25&page=99&tab=nonsense")).status_code == 200


async def test_a_person_chooses_how_to_hear_with_the_consent_beside_it(
    hall: Hall, client: httpx.AsyncClient
) -> None:
    person = await make_reader("Jonas Petersen", consent=False)
    await sign_in(client, person)
    path = "/en/account/events"
    page = await client.get(path)
    known = re.search(r'name="consent_version" value="([^"]+)"', page.text)
    assert known
    form = {"consent_version": known[1], "frequency": "WEEKLY"}
    refused = await post_form(client, path, form)
    assert refused.status_code == 422
    assert "needs your consent" in refused.text
    assert (await post_form(client, path, {**form, "consent": "1", "count_opens": "1"})).status_code == 303
    assert await has_consent(person, "events")
    assert await fetchval("SELECT count_opens FROM event_news WHERE person = $1", person)
    await post_form(client, path, {**form, "frequency": "NEVER"})
    assert not await has_consent(person, "events")
    assert (await post_form(client, path, {**form, "consent_version": "old"})).status_code == 422


async def test_every_address_of_the_pixel_answers_alike(hall: Hall, client: httpx.AsyncClient) -> None:
    person = await make_reader("Jonas Petersen")
    await begun(hall)
    id = await fetchval("SELECT id FROM event_delivery")
    await execute("UPDATE event_delivery SET state = 'SENT'")
    answers = [
        await client.get(f"/o/{token}.gif")
        for token in (opened_token(id), opened_token(id + 1), letter.delivery_token(id), "x", f"{id}.abc")
    ]
    assert {(answer.status_code, answer.content, answer.headers["cache-control"]) for answer in answers} == {
        (200, answers[0].content, "no-store")
    }
    assert await fetchval("SELECT opened_at FROM event_delivery") is None
    await execute("INSERT INTO event_news (person, count_opens) VALUES ($1, true)", person)
    await client.get(f"/o/{opened_token(id)}.gif")
    assert await fetchval("SELECT opened_at FROM event_delivery") is not None
