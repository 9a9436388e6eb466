"""An organiser writes an event: its kind first, kept as a draft, refused, changed, announced; nothing typed is lost."""

from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from desk import a_photo, flat
from event_typing import soon, typed
from eventing import Fair, drafted, make_event
from people import count, make_member, post_form, sign_in
from PIL import Image

from kervan.db import execute, fetch, fetchval
from kervan.events import files, queries
from kervan.events.structs import EventShown

DESK = "/en/staff/events"


def at(event: EventShown, rest: str = "") -> str:
    return f"{DESK}/{event.public_id}{rest}"


async def new(client: httpx.AsyncClient, files: Any = None, **changes: Any) -> httpx.Response:
    page = f"{DESK}/new?kind={changes.get('kind', 'FAIR')}"
    fields = typed(key="formkey0000000000000001", **changes)
    return await post_form(client, f"{DESK}/new", fields, of=page, files=files)


async def test_the_kind_comes_first_and_decides_what_is_asked(client: httpx.AsyncClient, fair: Fair) -> None:
    await sign_in(client, fair.union.person)
    first = flat(await client.get(f"{DESK}/new"))
    for kind in ("FAIR", "TRADE_MISSION", "BUYING_MISSION", "VIRTUAL_MISSION", "TRAINING"):
        assert f'value="{kind}"' in first
    page = flat(await client.get(f"{DESK}/new?kind=VIRTUAL_MISSION"))
    assert 'name="venue"' not in page
    assert 'name="online_url"' in page
    assert "circular 2020/6" in page
    page = flat(await client.get(f"{DESK}/new?kind=TRADE_MISSION"))
    assert 'name="province"' not in page
    assert '<option value="TR"' not in page
    page = flat(await client.get(f"{DESK}/new?kind=BUYING_MISSION"))
    assert 'name="country"' not in page
    assert "İstanbul (34)" in page
    page = flat(await client.get(f"{DESK}/new?kind=FAIR"))
    assert "circular 2020/6" not in page
    assert "Istanbul (UTC+3)" in page
    assert f'name="organiser_name" type="text" value="{fair.union.membership.name}"' in page
    assert "What do you organise?" in (await client.get(f"{DESK}/new?kind=PARTY")).text


async def test_a_post_needs_no_approval_for_a_mission(client: httpx.AsyncClient, fair: Fair) -> None:
    await sign_in(client, fair.post.person)
    assert "circular 2020/6" not in (await client.get(f"{DESK}/new?kind=TRADE_MISSION")).text


async def test_a_draft_is_kept_with_its_files_and_the_same_form_sent_twice_makes_one(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    await sign_in(client, fair.union.person)
    sent = [
        ("picture", ("hall.jpg", a_photo(size=(3000, 2000)), "image/jpeg")),
        ("files", ("plan.jpg", a_photo(), "image/jpeg")),
    ]
    answer = await new(client, sent)
    assert answer.status_code == 303, answer.text
    again = await new(client)
    assert again.headers["location"] == answer.headers["location"]
    assert await count("trade_event") == 1
    event = await queries.by_public_id(answer.headers["location"].split("?")[0].rsplit("/", 1)[-1])
    assert (event.state, event.content.organiser_kind, event.content.headings) == (
        "DRAFT",
        "ASSOCIATION",
        ("6302",),
    )
    assert [(file.use, file.name) for file in event.files] == [
        ("PICTURE", "hall.webp"),
        ("DOCUMENT", "plan.jpg"),
    ]
    picture = await client.get(at(event, f"/files/{event.files[0].public_id}"))
    assert picture.headers["content-type"] == "image/webp"
    assert picture.headers["cache-control"] == "private, no-store"
    with Image.open(BytesIO(picture.content)) as image:
        assert image.size == (1600, 1067)
        assert not image.getexif()
    document = await client.get(at(event, f"/files/{event.files[1].public_id}"))
    assert document.headers["content-disposition"].startswith("attachment")
    assert b"Camera of somebody" not in document.content


async def test_who_goes_back_and_changes_the_form_keeps_the_newer_text(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    await sign_in(client, fair.union.person)
    await new(client)
    assert (await new(client, venue="The new hall")).status_code == 303
    assert [tuple(row) for row in await fetch("SELECT venue, version FROM trade_event")] == [
        ("The new hall", 2)
    ]


async def test_an_empty_draft_with_a_title_is_kept(client: httpx.AsyncClient, fair: Fair) -> None:
    await sign_in(client, fair.union.person)
    page = f"{DESK}/new?kind=TRAINING"
    fields = {"kind": "TRAINING", "title_tr": "E-ihracat eğitimi"}
    answer = await post_form(client, f"{DESK}/new", fields, of=page)
    assert answer.status_code == 303, answer.text
    assert "What is missing before it can be announced" in (await client.get(answer.headers["location"])).text


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        (dict.fromkeys(("title_en", "title_tr", "summary_en", "summary_tr", "text_en"), ""), "title_tr",
         "Give the event a title."),
        ({"ends_day": soon(39)}, "ends_day", "It ends before it begins."),
        ({"starts_day": "2027-02-29"}, "starts_day", "2027 has no 29 February."),
        ({"capacity_exporters": "0", "capacity_importers": "0"}, "capacity_importers", "Nobody could register"),
        ({"external_url": "no address"}, "external_url", "Give a whole address"),
        ({"text_en": "x" * 8001}, "text_en", "At most 8000 characters"),
        ({"target_countries": "Atlantis"}, "target_countries", "is not a country"),
    ],
)  # fmt: skip
async def test_a_refused_form_keeps_what_was_typed(
    client: httpx.AsyncClient, fair: Fair, changes: dict[str, Any], field: str, sentence: str
) -> None:
    await sign_in(client, fair.union.person)
    sent = [("files", ("plan.jpg", a_photo(), "image/jpeg"))]
    answer = await new(client, sent, **changes)
    assert answer.status_code == 422
    page = flat(answer)
    assert f'href="#f-{field}"' in page
    assert f'id="f-{field}"' in page
    assert f'id="f-{field}-error"' in page
    assert sentence in page
    assert 'value="Fair hall"' in page
    assert 'value="09:30"' in page
    assert '<option value="20" selected>Denizli (20)</option>' in page
    assert "Choose the files again: a browser does not keep them." in page
    if field not in ("title_tr", "text_en"):
        assert f'value="{changes[field]}"' in page or f"> {changes[field]}</textarea>" in page
    assert await count("trade_event") == 0
    assert await count("event_file") == 0


async def test_another_language_comes_without_scripts_and_keeps_the_rest(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    await sign_in(client, fair.union.person)
    answer = await new(client, more_text="1", add_language="ar")
    assert answer.status_code == 200
    page = flat(answer)
    assert 'name="title_ar"' in page
    assert 'value="Denizli home textile fair"' in page
    assert "form-error" not in page
    assert await count("trade_event") == 0
    sent = await new(client, text_languages=["tr", "en", "ar"], title_ar="معرض دنيزلي للمنسوجات")
    assert sent.status_code == 303
    languages = await fetch("SELECT language FROM event_text ORDER BY id")
    assert [row["language"] for row in languages] == ["tr", "en", "ar"]


async def test_headings_are_suggested_from_the_title_and_ticked(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    await sign_in(client, fair.union.person)
    answer = await new(client, find="1", heading_words="", title_tr="Havlu fuarı", headings=["5702"])
    page = flat(answer)
    assert answer.status_code == 200
    assert 'name="headings" value="6302"' in page
    assert 'name="headings" value="5702" checked' in page
    sent = await new(client, headings=["5702", "6302"], heading_words="")
    assert sent.status_code == 303
    assert await fetchval("SELECT headings FROM trade_event") == ["5702", "6302"]


async def test_a_file_that_is_no_picture_is_refused_and_nothing_is_left_behind(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    await sign_in(client, fair.union.person)
    for field, data, sentence in (
        ("picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture that we can read"),
        ("files", b"MZ\x90\x00 a program", "We do not take this kind of file here."),
        ("files", b"", "This file is empty."),
    ):
        answer = await new(client, [(field, ("plan.pdf", data, "application/pdf"))])
        assert answer.status_code == 422, field
        assert sentence in flat(answer)
        assert 'value="Fair hall"' in answer.text
    assert await count("trade_event") == 0


async def test_a_colleague_who_was_faster_is_not_written_over(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await drafted(fair.union)
    await sign_in(client, fair.union.person)
    await execute(
        "UPDATE trade_event SET version = 2, venue = 'Hall of the colleague' WHERE id = $1", event.id
    )
    fields = typed(version="1", venue="My own hall")
    answer = await post_form(client, at(event, "/edit"), fields)
    assert answer.status_code == 409
    page = flat(answer)
    assert "This event was changed in the meantime." in page
    assert 'value="My own hall"' in page
    assert "What is different" in page
    assert "Hall of the colleague" in page
    assert '<input type="hidden" name="version" value="2">' in page
    answer = await post_form(client, at(event, "/edit"), {**fields, "version": "2"})
    assert answer.status_code == 303
    assert await fetchval("SELECT venue FROM trade_event") == "My own hall"


async def test_a_draft_may_become_another_kind_and_an_announced_event_may_not(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    draft, event = await drafted(fair.union), await make_event(fair.union)
    await sign_in(client, fair.union.person)
    page = flat(await client.get(at(draft, "/edit")))
    assert "Show its fields" in page
    shown = await post_form(
        client, at(draft, "/edit"), typed(version="1", kind="VIRTUAL_MISSION", show_kind="1")
    )
    assert shown.status_code == 200
    assert 'name="venue"' not in shown.text
    done = await post_form(client, at(draft, "/edit"), typed(version="1", kind="TRAINING"))
    assert done.status_code == 303
    assert "Show its fields" not in (await client.get(at(event, "/edit"))).text
    version = str((await queries.shown(event.id)).version)
    await post_form(
        client,
        at(event, "/edit"),
        typed(version=version, kind="TRAINING", opens_day="", closes_day="", closes_time=""),
    )
    assert [row["kind"] for row in await fetch("SELECT kind FROM trade_event ORDER BY id")] == [
        "TRAINING",
        "FAIR",
    ]


async def test_an_announced_event_stays_complete(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union)
    await sign_in(client, fair.union.person)
    assert "This event is announced." in flat(await client.get(at(event, "/edit")))
    fields = typed(version=str(event.version), summary_en="", province="")
    answer = await post_form(client, at(event, "/edit"), fields)
    assert answer.status_code == 422
    page = flat(answer)
    assert 'id="f-province-error"' in page
    assert 'id="f-summary_en-error"' in page
    assert "Say in which province it is held." in page


async def test_what_is_before_the_ministry_or_cancelled_is_not_changed(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await drafted(fair.union, kind="BUYING_MISSION")
    await sign_in(client, fair.union.person)
    await execute("UPDATE trade_event SET state = 'SUBMITTED' WHERE id = $1", event.id)
    assert (await client.get(at(event, "/edit"))).status_code == 303
    answer = await post_form(client, at(event, "/edit"), typed(version="1", kind="BUYING_MISSION"), of=DESK)
    assert answer.status_code == 409
    assert 'value="Fair hall"' in answer.text


async def test_somebody_of_two_organisations_says_for_whom(client: httpx.AsyncClient, fair: Fair) -> None:
    await make_member(fair.other_union.firm, fair.union.person, "STAFF")
    await sign_in(client, fair.union.person)
    assert 'name="org"' in (await client.get(f"{DESK}/new")).text
    answer = await new(client, org=fair.other_union.org)
    assert answer.status_code == 303
    organiser = await fetchval("SELECT organiser FROM trade_event")
    assert organiser == fair.other_union.firm.id
    refused = await new(client, org=fair.post.org)
    assert refused.status_code == 404


async def test_files_are_added_and_taken_away_on_their_own_page(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await drafted(fair.union)
    await sign_in(client, fair.union.person)
    here = at(event, "/files")
    empty = await post_form(client, here, {})
    assert empty.status_code == 422
    assert "Choose a file first." in flat(empty)
    for name, colour in (("first.jpg", "red"), ("second.jpg", "blue")):
        sent = await post_form(client, here, {}, files=[("picture", (name, a_photo(colour), "image/jpeg"))])
        assert sent.status_code == 303, sent.text
    shown = await queries.shown(event.id)
    assert [file.name for file in shown.files] == ["second.webp"]
    gone = await post_form(client, f"{here}/remove", {"file": shown.files[0].public_id}, of=here)
    assert gone.status_code == 303
    assert (await client.get(f"{here}/{shown.files[0].public_id}")).status_code == 404
    assert (await post_form(client, f"{here}/remove", {"file": "nosuchfile00"}, of=here)).status_code == 409


async def test_an_eleventh_document_is_refused_and_its_bytes_are_not_kept(
    client: httpx.AsyncClient, fair: Fair, tmp_path: Path
) -> None:
    event = await drafted(fair.union)
    await sign_in(client, fair.union.person)
    here, photo = at(event, "/files"), a_photo()
    for _ in range(2):
        five = [("files", (f"{n}.jpg", photo, "image/jpeg")) for n in range(5)]
        assert (await post_form(client, here, {}, files=five)).status_code == 303
    before = [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()]
    refused = await post_form(client, here, {}, files=[("files", ("more.jpg", photo, "image/jpeg"))])
    assert refused.status_code == 422
    assert f"The most at once: {files.MOST_DOCUMENTS}." in flat(refused)
    assert [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()] == before
