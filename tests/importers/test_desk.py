"""An importer's desk: where the firm stands, changes of the firm, the wish to be verified."""

from typing import Any

import httpx
from importers_parts import Owned, registration
from people import audited, mails, make_member, make_person, post_form, sign_in

from kervan.db import execute, fetch, fetchval


def company(**changes: Any) -> dict[str, Any]:
    kept = ("legal_name", "country", "contact_name", "contact_role")
    fields = {name: value for name, value in registration().items() if name in kept}
    return {**fields, "website": "https://nordlicht-handel.de", "version": "1", **changes}


async def standing() -> str:
    found: str = await fetchval("SELECT standing FROM importer")
    return found


async def verify_by_hand() -> None:
    await execute(
        """UPDATE importer SET standing = 'VERIFIED', verified_at = now(), verified_until = current_date + 30,
        verified_by = 'Office', evidence = 'Seen.', contact_role = 'Purchasing'"""
    )


async def test_the_overview_says_where_the_firm_stands(client: httpx.AsyncClient, buyer: Owned) -> None:
    await sign_in(client, buyer.person)
    page = await client.get(f"/en/desk/{buyer.firm.public_id}")
    assert page.status_code == 200
    assert "Ask to be verified" in page.text
    await verify_by_hand()
    assert "Valid until" in (await client.get(f"/en/desk/{buyer.firm.public_id}")).text


async def test_strangers_get_404_and_viewers_may_not_change(client: httpx.AsyncClient, buyer: Owned) -> None:
    path = f"/en/desk/{buyer.firm.public_id}"
    await sign_in(client, await make_person("Somebody Else"))
    assert (await client.get(path)).status_code == 404
    assert (await client.get(f"{path}/company")).status_code == 404
    viewer = await make_person("Vera Viewer")
    await make_member(buyer.firm, viewer, "VIEWER")
    await sign_in(client, viewer)
    page = await client.get(path)
    assert page.status_code == 200
    assert "Ask to be verified" not in page.text
    assert (await client.get(f"{path}/company")).status_code == 403
    assert (await post_form(client, f"{path}/ask-verification", of="/en/privacy")).status_code == 403


async def test_a_change_is_kept_and_a_second_tab_is_told(client: httpx.AsyncClient, buyer: Owned) -> None:
    await sign_in(client, buyer.person)
    path = f"/en/desk/{buyer.firm.public_id}/company"
    answer = await post_form(client, path, company(city="Hamburg", headings=["6302"]))
    assert answer.status_code == 303, answer.text
    row = (await fetch("SELECT city, headings, domain_matches, version FROM importer"))[0]
    assert (row["city"], row["headings"], row["domain_matches"], row["version"]) == (
        "Hamburg",
        ["6302"],
        True,
        2,
    )
    again = await post_form(client, path, company(city="Bremen"))
    assert again.status_code == 422
    assert "changed in the meantime" in again.text
    assert "Bremen" in again.text


async def test_another_name_ends_the_verification_and_says_why(
    client: httpx.AsyncClient, buyer: Owned
) -> None:
    await verify_by_hand()
    await sign_in(client, buyer.person)
    path = f"/en/desk/{buyer.firm.public_id}/company"
    answer = await post_form(client, path, company(legal_name="Südwind Handel GmbH"))
    assert "said=verify-anew" in answer.headers["location"]
    row = (await fetch("SELECT * FROM importer"))[0]
    assert (row["standing"], row["verified_until"], row["evidence"]) == ("ACTIVE", None, None)
    assert "has to be verified anew" in (await client.get(f"/en/desk/{buyer.firm.public_id}")).text
    assert (
        await fetchval("SELECT name FROM organisation WHERE id = $1", buyer.firm.id) == "Südwind Handel GmbH"
    )
    assert "importer_changed" in [mail["template"] for mail in await mails("jonas@nordlicht-handel.de")]
    assert (f"user:{buyer.person}", "importer.verification_ended") in await audited(row["public_id"])


async def test_another_phone_leaves_the_verification(client: httpx.AsyncClient, buyer: Owned) -> None:
    await verify_by_hand()
    await sign_in(client, buyer.person)
    path = f"/en/desk/{buyer.firm.public_id}/company"
    assert (await post_form(client, path, company(phone="+49 40 3232320"))).status_code == 303
    assert await standing() == "VERIFIED"


async def test_the_trail_holds_no_name_and_no_phone(client: httpx.AsyncClient, buyer: Owned) -> None:
    await sign_in(client, buyer.person)
    path = f"/en/desk/{buyer.firm.public_id}/company"
    await post_form(client, path, company(contact_name="Greta Hansen", phone="+49 40 3232320"))
    trail = str([tuple(row) for row in await fetch("SELECT * FROM audit_entry")])
    assert "Hansen" not in trail
    assert "3232320" not in trail
    assert "Petersen" not in trail


async def test_the_firm_cannot_move_to_turkiye(client: httpx.AsyncClient, buyer: Owned) -> None:
    await sign_in(client, buyer.person)
    answer = await post_form(client, f"/en/desk/{buyer.firm.public_id}/company", company(country="TR"))
    assert answer.status_code == 422
    assert await fetchval("SELECT country FROM importer") == "DE"


async def test_the_wish_goes_to_the_post_of_the_country(
    client: httpx.AsyncClient, buyer: Owned, post_de: Owned, post_fr: Owned
) -> None:
    await sign_in(client, buyer.person)
    desk = f"/en/desk/{buyer.firm.public_id}"
    for _ in range(2):
        await client.get(desk)
        answer = await post_form(client, f"{desk}/ask-verification", of=f"{desk}/company")
        assert answer.status_code == 303
    assert [row["organisation"] for row in await fetch("SELECT organisation FROM task")] == [post_de.firm.id]


async def test_the_wish_goes_to_the_ministry_when_nobody_is_in_office(
    client: httpx.AsyncClient, buyer: Owned, post_de: Owned
) -> None:
    await execute("UPDATE membership SET valid_to = '2021-01-01' WHERE person = $1", post_de.person)
    await sign_in(client, buyer.person)
    desk = f"/en/desk/{buyer.firm.public_id}"
    await post_form(client, f"{desk}/ask-verification", of=f"{desk}/company")
    assert [row["organisation"] for row in await fetch("SELECT organisation FROM task")] == [None]


async def test_a_firm_without_website_and_number_is_told_what_is_missing(
    client: httpx.AsyncClient, buyer: Owned
) -> None:
    await execute("UPDATE importer SET website = NULL")
    await sign_in(client, buyer.person)
    desk = f"/en/desk/{buyer.firm.public_id}"
    answer = await post_form(client, f"{desk}/ask-verification", of=f"{desk}/company")
    assert "Add a website or a company number first" in answer.text
    assert await fetchval("SELECT count(*) FROM task") == 0
