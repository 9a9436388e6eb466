"""What people store comes back on other people's screens: never as markup, never as a formula, never as a template."""

import csv
import io
import re

import httpx
from factories import make_exporter, make_product
from litestar import Litestar
from litestar.routes import HTTPRoute
from people import (
    firm_of,
    mails,
    make_association,
    make_importer,
    make_member,
    make_ministry,
    make_person,
    post_form,
    sign_in,
)

from kervan.db import execute, fetch, fetchval, transaction
from kervan.mail.compose import compose
from kervan.organisations import tasks

EVIL = "\"'><img src=x onerror=alert(1)>{{7*7}}<script>alert(2)</script>"
FORMULA = '=HYPERLINK("http://evil.example","x")'


async def test_markup_that_was_stored_is_text_on_every_page(
    client: httpx.AsyncClient, fresh_app: Litestar
) -> None:
    exporter = await make_exporter(trade_name=EVIL, legal_name=EVIL, association="DENİB")
    product = await make_product(exporter)
    firm, importer = await firm_of(exporter), await make_importer(EVIL, contact_name=EVIL)
    body = await make_association()
    await execute("UPDATE organisation SET name = $1", EVIL)
    await execute("UPDATE product_text SET name = $1, description = $2", EVIL, EVIL)
    await execute("UPDATE product SET brand = $1", EVIL[:80])
    await execute("UPDATE exporter SET verification = 'VERIFIED', address = $1, contact_name = $1, district = $2",
                  EVIL, EVIL[:80])  # fmt: skip
    person = await make_person(EVIL, "evil@example.com")
    for place, role in (
        (firm, "OWNER"),
        (importer, "OWNER"),
        (await make_ministry(), "ADMIN"),
        (body, "STAFF"),
    ):
        await make_member(place, person, role)
    async with transaction() as tx:
        importer_id = await fetchval("SELECT public_id FROM importer")
        await tasks.open_task(tx.connection, tasks.IMPORTER_REVIEW, importer_id)
    await sign_in(client, person)
    fills = {
        "org": firm.public_id,
        "product_id": await fetchval("SELECT public_id FROM product WHERE id = $1", product),
        "slug": await fetchval("SELECT slug FROM exporter"),
        "person": await fetchval("SELECT public_id FROM person"),
        "id": importer_id,
        "step": "company",
    }
    seen, bad = 0, []
    for route in fresh_app.routes:
        if not isinstance(route, HTTPRoute) or "GET" not in route.methods or not route.path.startswith("/en"):
            continue
        for org in (firm.public_id, importer.public_id) if "{org:" in route.path else ("",):
            path = re.sub(
                r"\{(\w+):\w+\}",
                lambda found, org=org: str((fills | {"org": org}).get(found[1], "1")),
                route.path,
            )
            answer = await client.get(path)
            if answer.status_code >= 500:
                bad.append(f"{path}: {answer.status_code}")
            if not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            if "<img src=x" in answer.text or "<script>alert" in answer.text or ">49<script" in answer.text:
                bad.append(f"{path}: markup came through")
            seen += "&lt;img src=x" in answer.text or "\\u003cimg" in answer.text
    assert bad == []
    assert seen > 15, "the names stand on too few pages for this to mean anything"


async def test_markup_in_a_name_is_text_in_a_mail(client: httpx.AsyncClient, fresh_app: Litestar) -> None:
    firm = await firm_of(await make_exporter(trade_name=EVIL, legal_name=EVIL))
    await execute("UPDATE organisation SET name = $1", EVIL)
    owner = await make_person(EVIL, "evil@example.com")
    await make_member(firm, owner, "OWNER")
    await sign_in(client, owner)
    await post_form(
        client, f"/en/desk/{firm.public_id}/members/invite", {"email": "a@example.com", "role": "VIEWER"}
    )
    [mail] = await mails("a@example.com")
    composed = compose(fresh_app.state.templates, "en", mail["template"], mail["context"])
    assert "<img" not in composed.html.replace("&lt;img", "")
    assert "<script>alert" not in composed.html
    assert "{{7*7}}" in composed.text, "what looks like a template is text as well"
    assert "\n" not in composed.subject


async def test_no_cell_of_a_table_for_spreadsheets_begins_a_formula(client: httpx.AsyncClient) -> None:
    exporter = await make_exporter()
    product = await make_product(exporter)
    firm = await firm_of(exporter)
    await execute("UPDATE product_text SET name = $1, description = $2", FORMULA, "@SUM(1)")
    await execute("UPDATE product SET brand = '+1', sku = '-1+1' WHERE id = $1", product)
    person = await make_person(FORMULA, "evil@example.com")
    for place, role in ((firm, "OWNER"), (await make_ministry(), "ADMIN")):
        await make_member(place, person, role)
    await execute(
        "INSERT INTO audit_entry (actor, action, entity, entity_id, reason)"
        " VALUES ('user:1', 'x.y', 'x', '=1+1', $1)",
        FORMULA,
    )
    await sign_in(client, person)
    tables = [
        await client.get(f"/en/desk/{firm.public_id}/products.csv"),
        await post_form(client, "/en/staff/audit.csv", of="/en/staff/audit"),
    ]
    for answer in tables:
        assert answer.status_code == 200
        rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=_delimiter(answer.text)))
        assert len(rows) > 1
        cells = [cell for row in rows[1:] for cell in row]
        assert any("HYPERLINK" in cell for cell in cells)
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return ";" if head.count(";") > head.count(",") else ","


async def test_nothing_in_the_trail_can_be_changed(client: httpx.AsyncClient) -> None:
    """Not even by who got as far as the database's own account."""
    await make_person()
    await execute(
        "INSERT INTO audit_entry (actor, action, entity, entity_id) VALUES ('user:1', 'a.b', 'a', '1')"
    )
    for statement in ("UPDATE audit_entry SET actor = 'user:2'", "DELETE FROM audit_entry"):
        try:
            await execute(statement)
        except Exception as error:
            assert "audit" in str(error)
        else:
            raise AssertionError(statement)
    assert len(await fetch("SELECT 1 FROM audit_entry")) == 1
