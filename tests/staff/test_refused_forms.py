"""Refused forms of the staff: the box that was sent stands open with what was typed, and no other one does."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from factories import make_exporter
from people import firm_of, make_importer, make_member, make_person, make_post, post_form
from staffing import Admins, caller_of, public_id

from kervan.db import execute, fetchval
from kervan.mail import service as mail
from kervan.staff import rights

LONG = "Telephoned twice. " * 80


def open_boxes(page: str) -> list[str]:
    """The boxes that stand open, each as its markup."""
    return re.findall(r"<details[^>]*\bconfirm\b[^>]*\bopen\b.*?</details>", page, re.S)


def the_open_box(answer: httpx.Response) -> str:
    [box] = open_boxes(answer.text)
    return box


async def test_a_page_that_was_only_opened_has_no_open_box(desk: httpx.AsyncClient, admins: Admins) -> None:
    deniz = await public_id(await make_person("Deniz Er"))
    for path in (f"people/{deniz}", "rights", "queues"):
        assert open_boxes((await desk.get(f"/en/staff/{path}")).text) == []


@pytest.mark.parametrize("action", ["suspend", "close"])
async def test_what_was_refused_about_a_person_stays(desk: httpx.AsyncClient, action: str) -> None:
    path = f"/en/staff/people/{await public_id(await make_person('Deniz Er'))}"
    answer = await post_form(desk, path, {"action": action, "reason": LONG})
    assert answer.status_code == 422
    box = the_open_box(answer)
    assert f'name="action" value="{action}"' in box
    assert LONG.strip() in box
    assert "At most 1000 characters" in box
    assert answer.text.count('id="f-reason"') == 1
    assert 'href="#f-reason"' in answer.text


async def test_what_a_colleague_forestalled_stays_too(desk: httpx.AsyncClient, admins: Admins) -> None:
    path = f"/en/staff/people/{await public_id(admins.bora)}"
    answer = await post_form(desk, path, {"action": "close", "reason": "Has left."})
    assert answer.status_code == 422
    assert "This is an administrator" in answer.text
    assert "Has left." in the_open_box(answer)


@pytest.mark.parametrize("action", ["refuse", "suspend"])
async def test_what_was_refused_about_an_importer_stays(desk: httpx.AsyncClient, action: str) -> None:
    firm = await make_importer()
    await execute("UPDATE importer SET looked_at = '{website}' WHERE id = $1", firm.entity)
    importer = await fetchval("SELECT public_id FROM importer WHERE id = $1", firm.entity)
    path = f"/en/staff/importers/{importer}"
    ticked = (await desk.get(path)).text.count(" checked")
    answer = await post_form(desk, f"{path}/{action}", {"reason": LONG}, of=path)
    assert answer.status_code == 422
    box = the_open_box(answer)
    assert f"/{action}" in box
    assert LONG.strip() in box
    assert answer.text.count(" checked") == ticked, "the form beside it is another one"


async def test_what_was_refused_about_an_exporter_stays(desk: httpx.AsyncClient) -> None:
    firm = await firm_of(await make_exporter())
    path = f"/en/staff/exporters/{firm.public_id}"
    answer = await post_form(desk, f"{path}/suspend", {"reason": LONG}, of=path)
    assert answer.status_code == 422
    assert LONG.strip() in the_open_box(answer)


async def test_a_refusal_of_a_proposal_stays_beside_its_proposal(
    desk: httpx.AsyncClient, admins: Admins
) -> None:
    deniz, ege = await make_person("Deniz Er"), await make_person("Ege Su")
    bora = await caller_of(admins.bora)
    first = await rights.propose(bora, await public_id(deniz), rights.GIVE, "Needed in Ankara.")
    await rights.propose(bora, await public_id(ege), rights.GIVE, "Needed in Izmir.")
    answer = await post_form(
        desk, f"/en/staff/rights/{first}/refuse", {"reason": LONG}, of="/en/staff/rights"
    )
    assert answer.status_code == 422
    box = the_open_box(answer)
    assert f"{first}/refuse" in box
    assert LONG.strip() in box
    assert answer.text.count(LONG.strip()) == 1, "the form that proposes is another one"
    assert answer.text.count('id="refuse-reason"') == 1
    assert await fetchval("SELECT count(*) FROM rights_proposal WHERE decided_at IS NULL") == 2


async def test_a_successor_who_is_no_colleague_is_refused_beside_the_field(desk: httpx.AsyncClient) -> None:
    post = await make_post("NO")
    ege, nil = await make_person("Ege Su"), await make_person("Nil Su")
    until = datetime.now(UTC).date() + timedelta(days=100)
    for person in (ege, nil):
        await make_member(post, person, "ATTACHE", valid_to=until)
    stranger = await public_id(await make_person("Deniz Er"))
    path = f"/en/staff/posts/{post.public_id}"
    at = f"{path}/{await public_id(ege)}"
    for successor, sentence in (
        (stranger, "This is no colleague any more"),
        ("made-up", "This is no colleague any more"),
        (await public_id(ege), "Nobody can take over from themselves"),
    ):
        answer = await post_form(
            desk, f"{at}/end", {"reason": "Called home.", "successor": successor}, of=path
        )
        assert answer.status_code == 422, successor
        box = the_open_box(answer)
        assert sentence in box
        assert "Called home." in box
        assert 'aria-describedby="term-successor-error"' in box
    chosen = await public_id(nil)
    answer = await post_form(desk, f"{at}/end", {"reason": "", "successor": chosen}, of=path)
    assert re.search(rf'value="{chosen}"\s+selected', the_open_box(answer))
    moved = await post_form(desk, f"{at}/term", {"valid_to": "2020-01-01"}, of=path)
    box = the_open_box(moved)
    assert 'value="2020-01-01"' in box
    assert "term-valid_to-error" in box
    assert moved.text.count("2020-01-01") == 1, "the invitation is another form"
    assert await fetchval("SELECT count(*) FROM membership WHERE ended_at IS NULL AND role = 'ATTACHE'") == 2


async def test_a_reason_to_write_again_stays_beside_its_address(desk: httpx.AsyncClient) -> None:
    await mail.suppress("deniz@example.com", "550 no such user")
    await mail.suppress("ege@example.com", "550 no such user")
    page = await desk.get("/en/staff/queues")
    second = re.findall(r'name="address" value="([^"]+)"', page.text)[1]
    answer = await post_form(
        desk, "/en/staff/queues/refused", {"address": second, "reason": LONG}, of="/en/staff/queues"
    )
    assert answer.status_code == 422
    assert LONG.strip() in the_open_box(answer)
    before = answer.text.partition(the_open_box(answer))[0]
    assert before.count('name="address"') == 1, "it is the second one's"
