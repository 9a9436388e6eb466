"""Rights are given, people and firms suspended, colleagues invited only after the password was typed once more."""

from typing import Any, NamedTuple

import httpx
import pytest
from factories import make_exporter
from people import (
    PASSWORD,
    firm_of,
    mails,
    make_association,
    make_importer,
    make_member,
    make_person,
    post_form,
    sign_in,
)
from staffing import Admins, caller_of, public_id

from kervan.db import execute, fetch, fetchval
from kervan.staff import rights


class Act(NamedTuple):
    """A form of the staff: where it stands, what is sent, and a count that is 1 once it was carried out."""

    page: str
    path: str
    fields: dict[str, str]
    done: str


async def _propose(admins: Admins) -> Act:
    await make_person("Deniz Er", "deniz@example.com")
    fields = {"email": "deniz@example.com", "change": "GIVE", "reason": "Joins the team."}
    return Act("rights", "rights", fields, "SELECT count(*) FROM rights_proposal")


async def _approve(admins: Admins) -> Act:
    deniz = await public_id(await make_person("Deniz Er"))
    made = await rights.propose(await caller_of(admins.bora), deniz, "GIVE", "Joins the team.")
    done = "SELECT count(*) FROM rights_proposal WHERE outcome = 'APPROVED'"
    return Act("rights", f"rights/{made}/approve", {}, done)


async def _suspend_person(admins: Admins) -> Act:
    path = f"people/{await public_id(await make_person('Deniz Er'))}"
    done = "SELECT count(*) FROM person WHERE state = 'SUSPENDED'"
    return Act(path, path, {"action": "suspend", "reason": "Writes to everybody."}, done)


async def _suspend_organisation(admins: Admins) -> Act:
    path = f"organisations/{(await make_importer()).public_id}"
    done = "SELECT count(*) FROM importer WHERE standing = 'SUSPENDED'"
    return Act(path, path, {"action": "suspend", "reason": "The firm does not exist."}, done)


async def _suspend_importer(admins: Admins) -> Act:
    firm = await make_importer()
    path = f"importers/{await fetchval('SELECT public_id FROM importer WHERE id = $1', firm.entity)}"
    done = "SELECT count(*) FROM importer WHERE standing = 'SUSPENDED'"
    return Act(path, f"{path}/suspend", {"reason": "The firm does not exist."}, done)


async def _suspend_exporter(admins: Admins) -> Act:
    path = f"exporters/{(await firm_of(await make_exporter())).public_id}"
    done = "SELECT count(*) FROM exporter WHERE verification = 'SUSPENDED'"
    return Act(path, f"{path}/suspend", {"reason": "The tax office has closed the firm."}, done)


async def _invite(admins: Admins) -> Act:
    path = f"posts/{(await make_association()).public_id}"
    fields = {"email": "deniz@example.com", "language": "tr"}
    return Act(path, path, fields, "SELECT count(*) FROM invitation")


ACTS: Any = [
    _propose,
    _approve,
    _suspend_person,
    _suspend_organisation,
    _suspend_importer,
    _suspend_exporter,
    _invite,
]


@pytest.mark.parametrize("make", ACTS)
async def test_an_old_session_asks_for_the_password_inside_the_form(
    desk: httpx.AsyncClient, admins: Admins, make: Any
) -> None:
    act: Act = await make(admins)
    assert await fetchval(act.done) == 0
    page = f"/en/staff/{act.page}"
    assert 'name="password"' not in (await desk.get(page)).text
    await execute("UPDATE session SET proved_at = now() - interval '1 hour'")
    shown = (await desk.get(page)).text
    assert 'name="password"' in shown
    for typed, why in (({}, "Please fill this in."), ({"password": "wrong"}, "This is not your password.")):
        refused = await post_form(desk, f"/en/staff/{act.path}", {**act.fields, **typed}, of=page)
        assert refused.status_code == 422
        assert why in refused.text
        assert "wrong" not in refused.text.replace("is-wrong", "")
        if "reason" in act.fields:
            assert act.fields["reason"] in refused.text, "what was typed stays"
        assert await fetchval(act.done) == 0
    done = await post_form(
        desk, f"/en/staff/{act.path}", {**act.fields, "password": PASSWORD}, of=page, follow_redirects=False
    )
    assert done.status_code == 303, done.text
    assert await fetchval(act.done) == 1


async def test_the_error_leads_to_the_field_of_the_very_box(desk: httpx.AsyncClient, admins: Admins) -> None:
    act = await _approve(admins)
    other = await public_id(await make_person("Zoe Er"))
    await rights.propose(await caller_of(admins.bora), other, "GIVE", "Joins as well.")
    await execute("UPDATE session SET proved_at = now() - interval '1 hour'")
    refused = await post_form(desk, f"/en/staff/{act.path}", act.fields, of="/en/staff/rights")
    assert 'href="#approve-password"' in refused.text
    assert refused.text.count('id="approve-password"') == 1


async def test_a_refusal_needs_no_password_since_it_gives_nobody_anything(
    desk: httpx.AsyncClient, admins: Admins
) -> None:
    act = await _approve(admins)
    await execute("UPDATE session SET proved_at = now() - interval '1 hour'")
    path = act.path.replace("/approve", "/refuse")
    answer = await post_form(desk, f"/en/staff/{path}", {"reason": "Not yet."}, of="/en/staff/rights")
    assert answer.status_code == 303


async def test_guessing_the_password_at_an_open_screen_comes_to_an_end(
    desk: httpx.AsyncClient, admins: Admins
) -> None:
    act = await _suspend_person(admins)
    await execute("UPDATE session SET proved_at = now() - interval '1 hour'")
    for number in range(30):
        fields = {**act.fields, "password": f"guess {number}"}
        answer = await post_form(desk, f"/en/staff/{act.path}", fields)
        if "too many tries" in answer.text:
            break
    else:
        pytest.fail("thirty guesses")
    late = await post_form(desk, f"/en/staff/{act.path}", {**act.fields, "password": PASSWORD})
    assert late.status_code == 422
    assert await fetchval(act.done) == 0


async def test_an_owner_types_the_password_before_a_colleague_is_invited(
    db: None, client: httpx.AsyncClient
) -> None:
    firm = await firm_of(await make_exporter())
    owner = await make_person("Zeynep Kaya")
    await make_member(firm, owner, "OWNER")
    await sign_in(client, owner)
    path = f"/en/desk/{firm.public_id}/members/invite"
    fields = {"email": "mehmet@example.com", "role": "EDITOR"}
    await execute("UPDATE session SET proved_at = now() - interval '1 hour'")
    refused = await post_form(client, path, fields)
    assert refused.status_code == 422
    assert 'value="mehmet@example.com"' in refused.text
    assert await fetch("SELECT FROM invitation") == []
    assert (await post_form(client, path, {**fields, "password": PASSWORD})).status_code == 303
    assert len(await mails("mehmet@example.com")) == 1
