"""The product form of the exporter's desk: every refusal beside its field, two tabs, publishing, prices, weights."""

import re
from decimal import Decimal
from typing import Any

import httpx
import people
import pytest
from desk import a_desk, fields, flat, join, load_tariff
from factories import make_exporter

from kervan.db import execute, fetch, fetchval


async def _new(client: httpx.AsyncClient, firm: people.Firm, **changes: Any) -> httpx.Response:
    return await people.post_form(client, f"/en/desk/{firm.public_id}/products/new", fields(**changes))


async def _product(sku: str = "HV-1") -> dict[str, Any]:
    [row] = await fetch(
        """SELECT p.*, v.hs_code, v.net_weight_g, v.gross_weight_g, v.moq, v.step, v.currency, v.micro_export_ok,
            v.exclusion_reason, v.tariff_year, v.lead_days
        FROM product p JOIN product_version v ON v.product = p.id AND v.number = p.current_version WHERE sku = $1""",
        sku,
    )
    return dict(row)


def _here(firm: people.Firm, row: dict[str, Any]) -> str:
    return f"/en/desk/{firm.public_id}/products/{row['public_id']}"


async def _seen(client: httpx.AsyncClient, path: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', (await client.get(path)).text)
    assert found
    return found[1]


def _error(page: httpx.Response, field: str) -> str:
    found = re.search(rf'id="f-{field}-error">(.*?)</p>', page.text, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


async def test_a_new_product_is_a_draft_with_all_that_was_typed(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    answer = await _new(client, firm)
    row = await _product()
    assert (answer.status_code, answer.headers["location"]) == (303, f"{_here(firm, row)}?said=product-saved")
    assert (row["state"], row["hs_code"], row["net_weight_g"], row["gross_weight_g"]) == (
        "DRAFT",
        "630260",
        420,
        455,
    )
    assert (row["moq"], row["step"], row["lead_days"], row["currency"]) == (50, 10, 10, "EUR")
    assert (row["keywords"], row["certificates"]) == (["towel", "bath"], ["ISO 9001"])
    tiers = await fetch("SELECT from_quantity, unit_price FROM price_tier ORDER BY 1")
    assert [tuple(tier) for tier in tiers] == [(50, Decimal("4.20")), (200, Decimal("3.60"))]
    page = await client.get(_here(firm, row))
    assert page.status_code == 200
    assert 'value="4.20"' in page.text
    assert 'value="455' in page.text


async def test_save_and_publish_passes_both_arrows_and_audits_both(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    await _new(client, firm, then="publish")
    row = await _product()
    assert row["state"] == "PUBLISHED"
    states = await fetch("SELECT before, after FROM audit_entry WHERE action = 'product.state' ORDER BY id")
    assert [entry["after"] for entry in states] == ['{"state": "IN_REVIEW"}', '{"state": "PUBLISHED"}']
    topics = await fetch("SELECT topic FROM outbox")
    assert "products.changed" in {entry["topic"] for entry in topics}


async def test_a_firm_that_is_not_verified_keeps_a_draft_and_is_told_why(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client, verification="UNDER_REVIEW")
    answer = await _new(client, firm, then="publish")
    row = await _product()
    assert row["state"] == "DRAFT"
    page = await client.get(answer.headers["location"])
    assert "It can be published as soon as your firm is verified." in page.text
    refused = await people.post_form(
        client, f"{_here(firm, row)}/state", {"action": "publish"}, of=_here(firm, row)
    )
    assert refused.status_code == 422
    assert "Your firm is not verified yet" in refused.text


_WRONG = [
    ("name_tr", "", "Please fill this in."),
    ("name_tr", "x" * 301, "At most 300 characters"),
    ("name_en", "", "There is a description in this language, but no name."),
    ("description_tr", "x" * 10_001, "At most 10000 characters"),
    ("sku", "", "Please fill this in."),
    ("sku", "x" * 65, "At most 64 characters"),
    ("gtin", "8690000000013", "check digit"),
    ("brand", "x" * 121, "At most 120 characters"),
    ("origin", "Atlantis", "is not a country"),
    ("hs_code", "6302.60.1", "digits"),
    ("hs_code", "63026012", "Give the 12 digits of the GTIP"),
    ("hs_code", "639999", "is not in the Harmonized System"),
    ("unit", "XYZ", "This cannot be chosen here."),
    ("net_weight_g", "heavy", "is not a weight"),
    ("gross_weight_g", "400", "is not a weight"),
    ("gross_weight_g", "400 g", "The gross weight cannot be below the net weight."),
    ("moq", "0", "Enter a whole number from 1"),
    ("moq", "ten", "Enter a whole number from 1"),
    ("step", "-1", "Enter a whole number from 1"),
    ("lead_days", "4000", "Enter a whole number from 0 to 3650."),
    ("price_1", "0", "The price must be above zero."),
    ("price_1", "4,20,1", "is not an amount"),
    ("price_1", "4.205", "has at most 2 decimals"),
    ("price_2", "5.00", "The price must fall from tier to tier."),
    ("from_2", "", "From which quantity on does this price hold?"),
    ("from_2", "50", "The quantities of the price tiers must rise."),
    ("price_2", "", "There is a quantity here, but no price."),
    ("from_1", "60", "The first price must hold from the smallest order (MOQ) on."),
    ("currency", "XXQ", "This cannot be chosen here."),
    ("package_length_mm", "long", "is not a length"),
    ("package_units", "1.5", "Enter a whole number from 1"),
    ("keywords", "x" * 61, "longer than 60 characters"),
    ("certificates", ",".join(f"c{n}" for n in range(31)), "Give at most 30 of these."),
]


async def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    client: httpx.AsyncClient,
) -> None:
    firm = await a_desk(client)
    for field, value, sentence in _WRONG:
        answer = await _new(client, firm, **({"brand": "Pamukova"} | {field: value}))
        assert answer.status_code == 422, (field, value)
        assert sentence in (_error(answer, field) or _error(answer, "price")), (field, value)
        if field != "brand":
            assert 'value="Pamukova"' in answer.text
        if value and len(value) < 60 and field not in ("origin", "unit", "currency"):
            assert f'value="{value}"' in answer.text
    assert await fetchval("SELECT count(*) FROM product") == 0


async def test_a_price_is_read_with_the_mark_of_the_page(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    path = f"/tr/desk/{firm.public_id}/products/new"
    typed = fields(price_1="1.250,50", price_2="1.100", gross_weight_g="0,455 kg", net_weight_g="420 g")
    assert (await people.post_form(client, path, typed)).status_code == 303
    prices = await fetch("SELECT unit_price FROM price_tier ORDER BY 1 DESC")
    assert [row["unit_price"] for row in prices] == [Decimal("1250.50"), Decimal("1100")]
    row = await _product()
    page = await client.get(f"/tr/desk/{firm.public_id}/products/{row['public_id']}")
    assert 'value="1250,50"' in page.text
    refused = await people.post_form(client, path, fields(sku="HV-2", price_1="4.20", price_2="", from_2=""))
    assert refused.status_code == 422


async def test_a_sku_that_the_firm_has_is_taken(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    await _new(client, firm)
    again = await _new(client, firm)
    assert (again.status_code, _error(again, "sku")) == (
        422,
        "Error: You have another product with this SKU already.",
    )


async def test_a_changed_price_makes_a_new_version_and_a_changed_name_does_not(
    client: httpx.AsyncClient,
) -> None:
    firm = await a_desk(client)
    await _new(client, firm)
    here = _here(firm, await _product())
    await people.post_form(client, here, fields(seen=await _seen(client, here), name_en="Cotton towel"))
    assert (await _product())["current_version"] == 1
    await people.post_form(
        client, here, fields(seen=await _seen(client, here), name_en="Cotton towel", price_1="4.10")
    )
    assert (await _product())["current_version"] == 2


async def test_a_sku_can_be_corrected(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    await _new(client, firm)
    before = await _product()
    here = _here(firm, before)
    answer = await people.post_form(client, here, fields(seen=await _seen(client, here), sku="HV-1A"))
    assert answer.status_code == 303
    after = await _product("HV-1A")
    assert (after["id"], after["public_id"]) == (before["id"], before["public_id"])
    assert "hv-1a" in after["search_text"]
    assert ("product.renamed") in {action for _, action in await people.audited(after["id"])}


async def test_the_second_of_two_tabs_sees_what_changed_and_loses_nothing(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    await _new(client, firm)
    here = _here(firm, await _product())
    opened = await _seen(client, here)
    await people.post_form(client, here, fields(seen=opened, brand="Pamukova"))
    late = await people.post_form(client, here, fields(seen=opened, brand="Kozalak", lead_days="21"))
    assert late.status_code == 422
    assert "Somebody changed this product after you opened it." in late.text
    assert "<bdi>Pamukova</bdi>" in late.text
    assert 'value="Kozalak"' in late.text
    assert (await _product())["brand"] == "Pamukova"
    # The form that was shown again knows the new state: sent once more it is saved.
    again = re.search(r'name="seen" value="([0-9a-f]+)"', late.text)
    assert again
    done = await people.post_form(client, here, fields(seen=again[1], brand="Kozalak", lead_days="21"))
    assert done.status_code == 303
    assert (await _product())["brand"] == "Kozalak"


async def test_pausing_in_another_tab_is_no_conflict(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    await _new(client, firm, then="publish")
    here = _here(firm, await _product())
    opened = await _seen(client, here)
    paused = await people.post_form(client, f"{here}/state", {"action": "pause"}, of=here)
    assert paused.status_code == 303
    saved = await people.post_form(client, here, fields(seen=opened, brand="Pamukova"))
    assert saved.status_code == 303
    assert (await _product())["state"] == "PAUSED"


async def test_an_archived_product_cannot_be_changed(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    await _new(client, firm)
    here = _here(firm, await _product())
    opened = await _seen(client, here)
    await people.post_form(client, f"{here}/state", {"action": "archive"}, of=here)
    late = await people.post_form(client, here, fields(seen=opened, brand="Pamukova"))
    assert (late.status_code, (await _product())["brand"]) == (422, None)
    assert "archived" in late.text


async def test_micro_export_is_forced_off_without_a_gtip_and_the_form_says_why(
    client: httpx.AsyncClient,
) -> None:
    firm = await a_desk(client)
    await load_tariff("630260000011")
    await _new(client, firm)
    row = await _product()
    assert (row["micro_export_ok"], row["exclusion_reason"]) == (False, "NOT_CLASSIFIED")
    here = _here(firm, row)
    assert "Micro-export needs a 12-digit GTIP and a gross weight." in (await client.get(here)).text
    await people.post_form(client, here, fields(seen=await _seen(client, here), hs_code="6302.60.00.00.11"))
    row = await _product()
    assert (row["micro_export_ok"], row["exclusion_reason"], row["tariff_year"]) == (True, None, 2026)


async def test_a_code_that_the_tariff_of_this_year_lacks_is_refused(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    await load_tariff("630260000011")
    answer = await _new(client, firm, hs_code="630260000099")
    assert "The Turkish tariff of 2026 has no GTIP 630260000099." in _error(answer, "hs_code")


async def test_without_scripts_a_button_lists_codes_and_one_can_be_chosen(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    listed = await _new(client, firm, name_tr="havlu", hs_code="", find="1")
    assert listed.status_code == 200
    assert 'type="radio" name="hs_pick" value="630260"' in flat(listed)
    assert 'value="havlu"' in flat(listed)
    offered = re.search(r'name="hs_offered" value="([^"]+)"', flat(listed))
    assert offered
    await _new(client, firm, name_tr="havlu", hs_code="", hs_pick="630260", hs_offered=offered[1])
    assert (await _product())["hs_code"] == "630260"


async def test_languages_and_pictures_that_the_form_does_not_show_stay(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    await _new(client, firm)
    row = await _product()
    await execute("UPDATE product SET picture = 'towel', tint = 'clay' WHERE id = $1", row["id"])
    await execute(
        "INSERT INTO product_text (product, language, name) VALUES ($1, 'de', 'Handtuch')", row["id"]
    )
    here = _here(firm, row)
    await people.post_form(client, here, fields(seen=await _seen(client, here), name_tr="Havlu"))
    row = await _product()
    texts = {one["language"]: one["name"] for one in await fetch("SELECT * FROM product_text")}
    assert (row["picture"], row["tint"], texts["de"], texts["tr"]) == ("towel", "clay", "Handtuch", "Havlu")


@pytest.mark.parametrize(
    ("role", "status"), [("OWNER", 200), ("EDITOR", 200), ("ORDER_DESK", 403), ("VIEWER", 403)]
)
async def test_only_owners_and_editors_keep_products(
    client: httpx.AsyncClient, role: str, status: int
) -> None:
    firm = await a_desk(client)
    await _new(client, firm)
    row = await _product()
    if role != "EDITOR":
        await join(client, firm, role, "Can Demir")
    for path in ("", "/new", f"/{row['public_id']}", f"/{row['public_id']}/photos"):
        assert (await client.get(f"/en/desk/{firm.public_id}/products{path}")).status_code == status, path
    assert (await client.get(f"{_here(firm, row)}/preview")).status_code == 200


async def test_strangers_find_no_desk_and_visitors_are_led_to_the_door(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    await _new(client, firm)
    here = _here(firm, await _product())
    people.sign_out(client)
    assert (await client.get(here)).headers["location"].startswith("/en/sign-in?next=")
    await people.sign_in(client, await people.make_person("Fatma Kaya"))
    for path in (here, f"{here}/preview", f"{here}/photos", f"/en/desk/{firm.public_id}/products"):
        assert (await client.get(path)).status_code == 404, path


async def test_a_product_of_another_firm_is_not_found_under_ones_own_address(
    client: httpx.AsyncClient,
) -> None:
    theirs = await a_desk(client)
    await _new(client, theirs)
    row = await _product()
    mine = await people.firm_of(await make_exporter("can-zeytin", legal_name="Can Zeytincilik Ltd. Şti."))
    await join(client, mine, "OWNER", "Can Demir")
    for path in ("", "/preview", "/photos"):
        answer = await client.get(f"/en/desk/{mine.public_id}/products/{row['public_id']}{path}")
        assert answer.status_code == 404, path
    assert (await _new(client, mine)).status_code == 303


async def test_the_preview_shows_a_draft_to_members_only(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client, verification="UNDER_REVIEW")
    await _new(client, firm)
    row = await _product()
    page = await client.get(f"{_here(firm, row)}/preview")
    assert page.status_code == 200
    assert "Now it is not published, and only you see it." in page.text
    assert "Combed cotton towel" in page.text
    public = await client.get(f"/en/products/combed-cotton-towel-{row['public_id']}")
    assert public.status_code == 404
