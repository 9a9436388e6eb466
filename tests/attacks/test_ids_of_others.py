"""Ids of others below one's own address: a child of another firm is not there, whatever stands in front of it."""

from typing import Any

import httpx
import pytest
from factories import make_exporter, make_product
from litestar import Litestar
from people import Firm, firm_of, make_importer, make_member, make_person, post_form, sign_in, token_of

from kervan.db import execute, fetch, fetchval
from kervan.ids import new_public_id
from kervan.web import csrf


async def _insert(table: str, **values: Any) -> Any:
    names, marks = ", ".join(values), ", ".join(f"${n + 1}" for n in range(len(values)))
    return await fetchval(f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id", *values.values())


@pytest.fixture
async def two(fresh_app: Litestar, client: httpx.AsyncClient) -> tuple[Firm, dict[str, str]]:
    """The own firm, whose owner is signed in, and the ids of things of another one."""
    own = await firm_of(await make_exporter())
    other_exporter = await make_exporter("zoe-iplik", trade_name="Zoe İplik", vkn="1408233111")
    other = await firm_of(other_exporter)
    owner, colleague = await make_person("Ayşe Yılmaz"), await make_person("Zoe Öz", "zoe@example.com")
    await make_member(own, owner, "OWNER")
    await make_member(other, colleague, "OWNER")
    await make_member(other, await make_person("Second Owner"), "OWNER")
    product = await make_product(other_exporter)
    image = await _insert(
        "product_image",
        product=product,
        position=1,
        path="photos/aa/" + "a" * 26 + ".webp",
        width=10,
        height=10,
    )
    document, job, key = new_public_id(), new_public_id(), new_public_id()
    await _insert(
        "exporter_document", public_id=document, exporter=other_exporter, kind="TAX_PLATE", name="levha.pdf",
        content_type="application/pdf", size=1, sha256="0" * 64, path="documents/aa/" + "a" * 26 + ".pdf",
        uploaded_by=colleague,
    )  # fmt: skip
    await _insert(
        "import_job", public_id=job, exporter=other_exporter, person=colleague, actor="user:1", language="en",
        file_name="a.csv", size=1, path=None, header="[]", sample="[]",
    )  # fmt: skip
    certificate = await fetchval(
        "SELECT id FROM certificate WHERE exporter = $1", other_exporter
    ) or await _insert("certificate", exporter=other_exporter, standard="ISO 9001", issuer="TSE")
    await execute(
        """INSERT INTO api_key (public_id, key_hash, begins, organisation, name, scopes, created_by, expires_at)
        VALUES ($1, $2, 'kervan_abcd', $3, 'ERP', '{view}', $4, now() + interval '9 days')""",
        key, b"0" * 32, other.id, colleague,
    )  # fmt: skip
    await sign_in(client, owner)
    return own, {
        "product": await fetchval("SELECT public_id FROM product WHERE id = $1", product),
        "image": str(image),
        "document": document,
        "job": job,
        "key": key,
        "certificate": str(certificate),
        "person": await fetchval("SELECT public_id FROM person WHERE id = $1", colleague),
        "org": other.public_id,
    }


READ = (
    "products/{product}",
    "products/{product}/preview",
    "products/{product}/photos",
    "documents/{document}",
    "import/{job}",
    "import/{job}/columns",
    "import/{job}/progress",
    "import/{job}/errors.csv",
    "members/{person}",
)
WRITE = (
    ("products/{product}", {"name_tr": "x"}),
    ("products/{product}/state", {"action": "archive"}),
    ("products/{product}/photos/{image}", {"action": "remove"}),
    ("products", {"action": "archive", "id": "{product}"}),
    ("documents/{document}/remove", {}),
    ("profile/certificates/{certificate}/remove", {}),
    ("import/{job}/columns", {}),
    ("members/{person}/role", {"role": "VIEWER"}),
    ("members/{person}/remove", {}),
    ("keys/{key}/revoke", {}),
)


async def test_nothing_of_another_firm_is_read_below_ones_own(
    client: httpx.AsyncClient, two: tuple[Firm, dict[str, str]]
) -> None:
    own, ids = two
    for path in READ:
        answer = await client.get(f"/en/desk/{own.public_id}/{path.format(**ids)}")
        assert answer.status_code == 404, path
        other = await client.get(f"/en/desk/{ids['org']}/{path.format(**ids)}")
        assert other.status_code == 404, path


async def test_nothing_of_another_firm_is_changed_below_ones_own(
    client: httpx.AsyncClient, two: tuple[Firm, dict[str, str]]
) -> None:
    own, ids = two
    token = await token_of(client, "/en/account")
    tables = (
        "product",
        "product_image",
        "exporter_document",
        "certificate",
        "import_job",
        "membership",
        "api_key",
    )
    before = [await fetch(f"SELECT * FROM {table} ORDER BY id") for table in tables]
    for path, fields in WRITE:
        data = {name: value.format(**ids) for name, value in fields.items()} | {csrf.FIELD: token}
        for org in (own.public_id, ids["org"]):
            answer = await client.post(f"/en/desk/{org}/{path.format(**ids)}", data=data)
            # 409: papers of the own, verified firm are closed to changes, whichever is named.
            closed = org == own.public_id and path.startswith("documents/")
            assert answer.status_code == (409 if closed else 404), f"{org}/{path}: {answer.status_code}"
    assert [await fetch(f"SELECT * FROM {table} ORDER BY id") for table in tables] == before


async def test_a_number_that_no_row_can_have_is_not_found(
    client: httpx.AsyncClient, two: tuple[Firm, dict[str, str]]
) -> None:
    own, ids = two
    mine = await make_product(own.entity, sku="HV-2")
    product = await fetchval("SELECT public_id FROM product WHERE id = $1", mine)
    token = await token_of(client, "/en/account")
    for number in (0, -1, 2**63, 10**30):
        for path in (f"products/{product}/photos/{number}", f"profile/certificates/{number}/remove"):
            answer = await client.post(
                f"/en/desk/{own.public_id}/{path}", data={csrf.FIELD: token, "action": "remove"}
            )
            assert answer.status_code == 404, path


async def test_somebody_elses_session_is_not_ended(client: httpx.AsyncClient) -> None:
    victim = await make_person("Victim")
    await sign_in(client, victim)
    theirs = await fetchval("SELECT public_id FROM session WHERE person = $1", victim)
    await sign_in(client, await make_person("Mallory"))
    answer = await post_form(client, f"/en/account/sessions/{theirs}/end", of="/en/account/sessions")
    assert answer.status_code == 404
    assert await fetchval("SELECT count(*) FROM session WHERE person = $1", victim) == 1


async def test_an_importers_search_and_firm_are_nobody_elses(client: httpx.AsyncClient) -> None:
    importer = await make_importer()
    owner, mallory = await make_person("Lena"), await make_person("Mallory")
    await make_member(importer, owner, "OWNER")
    await sign_in(client, owner)
    fields = {"kind": "products", "name": "Towels", "query": "?q=towel"}
    assert (await post_form(client, "/en/saved/searches", fields, of="/en/saved")).status_code == 303
    search = await fetchval("SELECT public_id FROM saved_search")
    await sign_in(client, mallory)
    await post_form(client, f"/en/saved/searches/{search}", {"drop": "1"}, of="/en/account")
    answer = await post_form(client, f"/en/saved/searches/{search}", {"name": "Mine"}, of="/en/account")
    assert answer.status_code == 404
    assert await fetchval("SELECT name FROM saved_search") == "Towels"
    assert (await client.get(f"/en/desk/{importer.public_id}/company")).status_code == 404
