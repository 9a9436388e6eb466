"""The review: taken, checked, decided; a rejection by two people; suspension at once; nobody outside the own scope."""

import asyncio
import itertools
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from factories import make_exporter, make_product
from people import firm_of, mails, make_member, make_ministry, make_person, post_form, sign_in, sign_out
from registering import ALL_CHECKS, act, fill, hand_in, handed_in, reviewer, save, state

from kervan.db import execute, fetch, fetchval
from kervan.exporters import review, rounds, rules
from kervan.exporters.tables import Verification


async def _as(client: httpx.AsyncClient, person: int) -> None:
    sign_out(client)
    await sign_in(client, person)


async def test_a_firm_is_taken_checked_and_verified_for_a_year(client: httpx.AsyncClient) -> None:
    org, owner = await handed_in(client)
    zoe = await reviewer()
    await _as(client, zoe)
    queue = await client.get("/en/staff/exporters")
    assert "Çığ Işık Tekstil A.Ş." in queue.text
    assert (await act(client, org, "verify")).status_code == 409, "not taken yet"
    assert (await act(client, org, "take")).status_code == 303
    assert await state(org) == "UNDER_REVIEW"
    assert (await act(client, org, "verify")).status_code == 422, "points are open"
    assert (await act(client, org, "check", check=ALL_CHECKS, note="Rang the firm.")).status_code == 303
    page = await client.get(f"/en/staff/exporters/{org}")
    assert page.text.count("checked>") >= 6
    assert "Rang the firm." in page.text
    assert (await act(client, org, "verify")).status_code == 303
    [row] = await fetch("SELECT verified_by, verified_until FROM exporter")
    assert row["verified_by"] == "Ministry of Trade"
    assert (row["verified_until"] - datetime.now(UTC).date()).days == 365
    assert [mail["template"] for mail in await mails()] == ["exporter_submitted", "exporter_verified"]
    assert await fetchval("SELECT done_at IS NOT NULL FROM task")
    await _as(client, owner)
    shown = await client.get(f"/en/desk/{org}")
    assert "The firm was verified." in shown.text
    assert "Deniz Ak" not in shown.text, "staff act for their house, not by name"


async def test_a_firm_that_is_asked_for_more_mends_it_and_hands_in_again(client: httpx.AsyncClient) -> None:
    org, owner = await handed_in(client)
    zoe = await reviewer()
    await _as(client, zoe)
    await act(client, org, "take")
    assert (await act(client, org, "ask", reason="")).status_code == 422
    assert (await act(client, org, "ask", reason="The tax plate is from 2019.")).status_code == 303
    assert await state(org) == "NEEDS_INFO"
    [mail] = [mail for mail in await mails() if mail["template"] == "exporter_needs_info"]
    assert mail["context"]["reason"] == "The tax plate is from 2019."
    await _as(client, owner)
    assert "The tax plate is from 2019." in (await client.get(f"/en/desk/{org}")).text
    assert (await save(client, org, "address", district="Buldan")).status_code == 303
    assert (await hand_in(client, org)).status_code == 303
    assert await state(org) == "SUBMITTED"
    assert await fetchval("SELECT count(*) FROM exporter_review") == 2


async def test_a_rejection_needs_a_second_person(client: httpx.AsyncClient) -> None:
    org, _ = await handed_in(client)
    zoe, can = await reviewer("Zoe Ak"), await reviewer("Can Ak")
    await _as(client, zoe)
    await act(client, org, "take")
    assert (await act(client, org, "reject", reason="Papers of another firm.")).status_code == 303
    assert await state(org) == "UNDER_REVIEW", "proposed is not done"
    refused = await act(client, org, "confirm")
    assert refused.status_code == 403
    assert "a second person decides" in refused.text
    assert (await act(client, org, "verify")).status_code == 409, "first the proposal is decided"
    await _as(client, can)
    assert (await act(client, org, "confirm")).status_code == 303
    assert await state(org) == "REJECTED"
    [row] = await fetch("SELECT rejection_by, decided_by, outcome FROM exporter_review")
    assert (row["rejection_by"], row["decided_by"], row["outcome"]) == (zoe, can, "REJECTED")


async def test_the_database_itself_wants_two_people(client: httpx.AsyncClient) -> None:
    org, _ = await handed_in(client)
    zoe = await reviewer()
    with pytest.raises(Exception, match="exporter_review_two_people"):
        await execute(
            "UPDATE exporter_review SET rejection_by = $1, decided_by = $1, decided_at = now(), outcome = 'REJECTED'",
            zoe,
        )
    assert await state(org) == "SUBMITTED"


async def test_of_two_who_confirm_at_once_one_decides(client: httpx.AsyncClient) -> None:
    org, _ = await handed_in(client)
    zoe, can, ece = await reviewer("Zoe Ak"), await reviewer("Can Ak"), await reviewer("Ece Ak")
    await _as(client, zoe)
    await act(client, org, "take")
    await act(client, org, "reject", reason="Papers of another firm.")
    others = []
    for person in (can, ece):
        browser = httpx.AsyncClient(transport=client._transport, base_url=client.base_url)
        await sign_in(browser, person)
        others.append(browser)
    answers = await asyncio.gather(*(act(browser, org, "confirm") for browser in others))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert len([mail for mail in await mails() if mail["template"] == "exporter_rejected"]) == 1


async def test_a_proposed_rejection_can_be_given_back(client: httpx.AsyncClient) -> None:
    org, _ = await handed_in(client)
    zoe, can = await reviewer("Zoe Ak"), await reviewer("Can Ak")
    await _as(client, zoe)
    await act(client, org, "take")
    await act(client, org, "reject", reason="Papers of another firm.")
    await _as(client, can)
    assert (await act(client, org, "return", reason="It is the same firm, renamed.")).status_code == 303
    assert await fetchval("SELECT rejection_by FROM exporter_review") is None
    await _as(client, zoe)
    assert (await act(client, org, "check", check=ALL_CHECKS)).status_code == 303
    assert (await act(client, org, "verify")).status_code == 303


async def test_two_who_take_it_at_once_are_one(client: httpx.AsyncClient) -> None:
    org, _ = await handed_in(client)
    zoe, can = await reviewer("Zoe Ak", "DENİB"), await reviewer("Can Ak", "DENİB")
    await execute("UPDATE exporter SET association = 'DENİB'")
    await execute("UPDATE task SET organisation = (SELECT id FROM organisation WHERE association = 'DENİB')")
    browsers = []
    for person in (zoe, can):
        browser = httpx.AsyncClient(transport=client._transport, base_url=client.base_url)
        await sign_in(browser, person)
        browsers.append(browser)
    answers = await asyncio.gather(*(act(browser, org, "take") for browser in browsers))
    assert sorted(answer.status_code for answer in answers) == [303, 409]


async def test_an_association_sees_its_own_members_only(client: httpx.AsyncClient) -> None:
    denib, eib = await reviewer("Zoe Ak", "DENİB"), await reviewer("Can Ak", "EİB")
    org, _ = await handed_in(client, association="DENİB", association_no="2050234")
    paper = await fetchval("SELECT public_id FROM exporter_document LIMIT 1")
    assert (
        await fetchval("SELECT o.association FROM task t JOIN organisation o ON o.id = t.organisation")
        == "DENİB"
    )
    await _as(client, denib)
    assert (await client.get(f"/en/staff/exporters/{org}")).status_code == 200
    assert (await client.get(f"/en/desk/{org}/documents/{paper}")).status_code == 200
    await act(client, org, "take")
    await act(client, org, "check", check=ALL_CHECKS)
    await act(client, org, "verify")
    assert await fetchval("SELECT verified_by FROM exporter") == "DENİB"
    await _as(client, eib)
    assert "Çığ" not in (await client.get("/en/staff/exporters?state=all")).text
    assert (await client.get(f"/en/staff/exporters/{org}")).status_code == 404
    assert (await client.get(f"/en/desk/{org}/documents/{paper}")).status_code == 404
    answer = await post_form(
        client, f"/en/staff/exporters/{org}/suspend", {"reason": "x"}, of="/en/staff/enrolments"
    )
    assert answer.status_code == 404


async def test_nobody_without_the_right_finds_the_queue(client: httpx.AsyncClient) -> None:
    org, _ = await handed_in(client)
    for path in (
        "/en/staff/exporters",
        f"/en/staff/exporters/{org}",
        "/en/staff/claims",
        "/en/staff/enrolments",
    ):
        assert (await client.get(path)).status_code == 404, path


async def test_nobody_reviews_the_own_firm(client: httpx.AsyncClient) -> None:
    org, owner = await handed_in(client)
    ministry = await make_ministry()
    await make_member(ministry, owner, "ADMIN")
    await _as(client, owner)
    assert (await client.get(f"/en/staff/exporters/{org}")).status_code == 403
    assert f"/en/staff/exporters/{org}" not in (await client.get("/en/staff/exporters")).text


async def test_a_suspended_firm_and_its_products_are_gone_at_once(client: httpx.AsyncClient) -> None:
    exporter = await make_exporter()
    product = await make_product(exporter)
    address = f"/en/products/x-{await fetchval('SELECT public_id FROM product WHERE id = $1', product)}"
    address = (await client.get(address)).headers["location"]
    assert (await client.get(address)).status_code == 200
    assert (await client.get("/en/exporters/ayse-havlu")).status_code == 200
    org = (await firm_of(exporter)).public_id
    await sign_in(client, await reviewer())
    assert (await act(client, org, "suspend", reason="Complaints of three importers.")).status_code == 303
    visitor = httpx.AsyncClient(transport=client._transport, base_url=client.base_url)
    assert (await visitor.get(address)).status_code == 404
    assert (await visitor.get("/en/exporters/ayse-havlu")).status_code == 404
    before = await fetchval("SELECT verified_at FROM exporter")
    assert (await act(client, org, "reinstate", reason="Settled.")).status_code == 303
    assert (await visitor.get(address)).status_code == 200
    assert await fetchval("SELECT verified_at FROM exporter") == before


# Which state each action may start from; everything else is refused and changes nothing.
_ALLOWED = {
    "verify": {"UNDER_REVIEW"},
    "ask": {"UNDER_REVIEW"},
    "reject": {"UNDER_REVIEW"},
    "suspend": {"VERIFIED"},
    "reinstate": {"SUSPENDED"},
}


@pytest.mark.parametrize(("action", "before"), list(itertools.product(_ALLOWED, Verification)))
async def test_an_action_goes_along_its_arrows_only(
    client: httpx.AsyncClient, action: str, before: str
) -> None:
    exporter = await make_exporter(verification=before)
    org = (await firm_of(exporter)).public_id
    zoe = await reviewer()
    if before == "UNDER_REVIEW":
        await review.open_for_loaded()
    await sign_in(client, zoe)
    if before == "UNDER_REVIEW":
        await act(client, org, "take")
        await act(client, org, "check", check=ALL_CHECKS)
    answer = await post_form(
        client, f"/en/staff/exporters/{org}/{action}", {"reason": "Because."}, of="/en/staff/enrolments"
    )
    if before in _ALLOWED[action]:
        assert answer.status_code == 303, answer.text
    else:
        assert answer.status_code == 409
        assert await state(org) == before


async def test_a_verification_ends_after_its_year_and_is_announced_before(client: httpx.AsyncClient) -> None:
    org, owner = await handed_in(client)
    today = date(2027, 3, 1)
    await execute("DELETE FROM exporter_review")
    await execute("UPDATE exporter SET verification = 'VERIFIED', verified_until = $1", today + timedelta(29))
    for day in (today, today + timedelta(1), today + timedelta(23), today + timedelta(24)):
        assert await rounds.expire_verifications(day) == 0
    sent = [mail["context"].get("days") for mail in await mails() if mail["template"] == "exporter_expiring"]
    assert sent == [29, 6], "once a month before, once a week before"
    assert await rounds.expire_verifications(today + timedelta(29)) == 0, "the last day still counts"
    assert await rounds.expire_verifications(today + timedelta(30)) == 1
    assert await rounds.expire_verifications(today + timedelta(30)) == 0
    assert await state(org) == "EXPIRED"
    await _as(client, owner)
    assert (await hand_in(client, org)).status_code == 303
    assert await state(org) == "SUBMITTED"


async def test_who_renews_early_stays_verified_and_loses_no_day(client: httpx.AsyncClient) -> None:
    org, owner = await handed_in(client)
    await execute("DELETE FROM exporter_review")
    await execute("DELETE FROM task")
    until = datetime.now(UTC).date() + timedelta(40)
    await execute(
        "UPDATE exporter SET verification = 'VERIFIED', verified_at = now(), verified_until = $1", until
    )
    assert (await hand_in(client, org)).status_code == 303
    assert await state(org) == "VERIFIED"
    zoe = await reviewer()
    await _as(client, zoe)
    await act(client, org, "take")
    await act(client, org, "check", check=ALL_CHECKS)
    assert (await act(client, org, "verify")).status_code == 303
    assert await fetchval("SELECT verified_until FROM exporter") == until + timedelta(365)


async def test_a_renewal_that_nobody_looked_at_in_time_waits_as_submitted(client: httpx.AsyncClient) -> None:
    org, _ = await handed_in(client)
    await execute("UPDATE exporter SET verification = 'VERIFIED', verified_until = '2027-01-01'")
    assert await rounds.expire_verifications(date(2027, 1, 2)) == 1
    assert await state(org) == "SUBMITTED"


async def test_loaded_firms_fill_the_queue_once(db: None) -> None:
    for n, loaded in enumerate(Verification):
        await make_exporter(f"firm-{n}", verification=loaded)
    assert await review.open_for_loaded() == 2
    assert await review.open_for_loaded() == 0
    assert await fetchval("SELECT count(*) FROM task WHERE done_at IS NULL") == 2


async def test_five_working_days_jump_over_weekends() -> None:
    friday = datetime(2026, 11, 20, 9, tzinfo=UTC)
    due = rules.add_working_days(friday, 5)
    assert due == datetime(2026, 11, 27, 15, tzinfo=UTC), "the next Friday, 18:00 in Türkiye"
    assert rules.working_days(friday, datetime(2026, 11, 23, 9, tzinfo=UTC)) == 1


async def test_a_viewer_may_look_and_an_editor_may_not_hand_in(client: httpx.AsyncClient) -> None:
    from registering import begin

    owner, editor, viewer = (
        await make_person("Ali Can"),
        await make_person("Ece Can"),
        await make_person("Oya Can"),
    )
    await sign_in(client, owner)
    org = await begin(client)
    await fill(client, org)
    firm = await fetchval("SELECT id FROM organisation WHERE public_id = $1", org)
    await make_member(firm, editor, "EDITOR")
    await make_member(firm, viewer, "VIEWER")
    await _as(client, editor)
    assert "Only an owner can hand" in (await client.get(f"/en/desk/{org}/registration/review")).text
    answer = await post_form(
        client, f"/en/desk/{org}/registration/review", of=f"/en/desk/{org}/registration/address"
    )
    assert answer.status_code == 403
    await _as(client, viewer)
    assert (await client.get(f"/en/desk/{org}")).status_code == 200
    assert (await client.get(f"/en/desk/{org}/registration/address")).status_code == 403
    assert await state(org) == "DRAFT"
