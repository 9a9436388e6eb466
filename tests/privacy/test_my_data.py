"""My data as a file: complete, readable by machines, and of nobody else."""

import json

import httpx
from factories import make_exporter, make_product
from people import make_importer, make_member, make_person, sign_in

from kervan.db import fetch, fetchval, transaction
from kervan.discovery import requests
from kervan.importers import saved
from kervan.mail.service import send
from kervan.privacy import consents, export

_POINTS_AT_PEOPLE = """
SELECT c.conrelid::regclass::text || '.' || a.attname AS column
FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
WHERE c.contype = 'f' AND c.confrelid = 'person'::regclass
UNION
SELECT table_name || '.' || column_name FROM information_schema.columns
WHERE table_schema = 'public' AND column_name IN ('person', 'person_id')
ORDER BY 1
"""


async def test_every_column_that_points_at_a_person_is_in_the_file(db: None) -> None:
    """A new table must be told of here, or excused with a reason."""
    known = {column for columns, _ in export.SOURCES.values() for column in columns} | export.EXCUSED.keys()
    assert {row["column"] for row in await fetch(_POINTS_AT_PEOPLE)} == known


async def test_every_section_answers(db: None) -> None:
    found = await export.everything(await make_person("Jonas Petersen"))
    assert set(found) == {"format", "made_at", "person", *export.SOURCES}


async def test_the_file_holds_what_is_kept_and_nothing_of_others(client: httpx.AsyncClient) -> None:
    person = await make_person("Jonas Petersen")
    other = await make_person("Greta Hansen")
    firm = await make_importer()
    product = await make_product(await make_exporter())
    for who in (person, other):
        await make_member(firm, who, "OWNER")
        await saved.keep_product(who, await fetchval("SELECT public_id FROM product WHERE id = $1", product))
        await saved.keep_exporter(who, "ayse-havlu")
        await saved.keep_search(who, requests.parse("products", "en", {"q": ["rug"]}), f"Rugs of {who}")
        async with transaction() as tx:
            await consents.give(tx.connection, who, ("events",), "en", "registration")
            await send("password_changed", f"person{who}@example.com", "en", person=who, name="N")
    await sign_in(client, person)
    answer = await client.get("/en/privacy/data.json")
    assert answer.headers["content-type"].startswith("application/json")
    assert "attachment" in answer.headers["content-disposition"]
    assert "no-store" in answer.headers["cache-control"]
    data = json.loads(answer.content)
    assert data["person"]["name"] == "Jonas Petersen"
    assert [m["role"] for m in data["memberships"]] == ["OWNER"]
    assert data["consents"][0]["evidence"]["where"] == "registration"
    assert len(data["sessions"]) == 1
    assert [len(data[name]) for name in ("saved_products", "saved_exporters", "saved_searches")] == [1, 1, 1]
    assert [(mail["template"], mail["to_address"]) for mail in data["mails"]] == [
        ("password_changed", f"person{person}@example.com")
    ]
    assert [row["action"] for row in data["audit"]] == ["consent.given"]
    for secret in ("Greta", f"Rugs of {other}", "argon2", "token", "context"):
        assert secret not in answer.text, secret


async def test_visitors_are_led_to_sign_in(client: httpx.AsyncClient) -> None:
    for path in ("/en/privacy", "/en/privacy/data.json", "/en/privacy/delete"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/en/sign-in")


async def test_the_centre_and_the_notice_show(client: httpx.AsyncClient) -> None:
    for language in ("en", "tr"):
        assert (await client.get(f"/{language}/privacy/notice")).status_code == 200
    await sign_in(client, await make_person("Jonas Petersen"))
    for language in ("en", "tr"):
        page = await client.get(f"/{language}/privacy")
        assert page.status_code == 200
        assert "Jonas Petersen" in page.text
