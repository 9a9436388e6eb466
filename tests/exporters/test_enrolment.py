"""An association's lists: looked at row by row, committed, mailed; the link makes its reader a verified owner."""

import re

import httpx
from factories import make_exporter
from people import PASSWORD, audited, count, mails, make_person, post_form, sign_in, sign_out, token_of
from registering import OTHER_VKN, TCKN, VKN, reviewer

from kervan.db import execute, fetch, fetchval
from kervan.web import csrf

HEADER = "Vergi No;Ünvan;Tür;İl;Üye No;E-posta;Dil\r\n"
LIST = (
    HEADER + f"{VKN};Çığ Işık Tekstil A.Ş.;Şirket;Denizli;2050001;ihracat@cig-isik.example;tr\r\n"
    f"{OTHER_VKN};Öz Dokuma Kooperatifi;Kooperatif;denizli;2050002;info@oz-dokuma.example;en\r\n"
)
TICKS = {"truth": "1", "authority": "1", "processing": "1"}


async def _check(client: httpx.AsyncClient, data: bytes, name: str = "uyeler.csv") -> httpx.Response:
    page = "/en/staff/enrolments"
    token = await token_of(client, page)
    body = re.search(r'name="body" value="([^"]+)"', (await client.get(page)).text)
    assert body
    return await client.post(page, data={csrf.FIELD: token, "body": body[1]}, files={"file": (name, data)})


async def _commit(client: httpx.AsyncClient, report: httpx.Response) -> httpx.Response:
    fields = {
        name: re.findall(rf'name="{name}"\s+value="([^"]+)"', report.text)
        for name in (csrf.FIELD, "body", "rows")
    }
    fields[csrf.FIELD] = fields[csrf.FIELD][:1]
    return await client.post("/en/staff/enrolments/commit", data=fields)


async def _enrolled(client: httpx.AsyncClient) -> list[str]:
    """A committed list of two; the tokens of their links."""
    await sign_in(client, await reviewer("Zoe Ak", "DENİB"))
    answer = await _commit(client, await _check(client, LIST.encode("windows-1254")))
    assert answer.status_code == 303, answer.text
    sign_out(client)
    return [mail["context"]["token"] for mail in await mails() if mail["template"] == "enrolment"]


async def test_a_list_is_looked_at_row_by_row_and_nothing_is_written(client: httpx.AsyncClient) -> None:
    await sign_in(client, await reviewer("Zoe Ak", "DENİB"))
    await make_exporter(vkn="1897605251")
    rows = (
        f"{VKN};Çığ Işık Tekstil A.Ş.;Şirket;Denizli;1;a@cig.example;tr\r\n"
        f"{VKN};Çığ Işık Tekstil A.Ş.;Şirket;Denizli;1;a@cig.example;tr\r\n"
        f"{TCKN};Ali Veli;Şahıs;Denizli;1;ali@veli.example;tr\r\n"
        "1897605251;Ayşe Havlu;Şirket;Denizli;1;a@ayse.example;tr\r\n"
        "1234567891;Yanlış No;Şirket;Denizli;1;a@yanlis.example;tr\r\n"
        f"{OTHER_VKN};Adressiz;Şirket;Atlantis;1;a@b.example;tr\r\n"
    )
    report = await _check(client, (HEADER + rows).encode())
    assert report.status_code == 200
    for sentence in (
        "Row 2 has the same tax number.",
        "sole traders register themselves",
        "This firm is on the platform already.",
        "This tax number (VKN) is not correct",
        "Atlantis is not a province",
    ):
        assert sentence in report.text, sentence
    assert TCKN not in report.text
    assert await count("enrolment") == 0
    assert await mails() == []
    assert (await _commit(client, report)).status_code == 303
    assert await fetchval("SELECT array_agg(vkn) FROM enrolment") == [VKN]


async def test_a_file_that_is_no_list_is_refused_with_a_sentence(client: httpx.AsyncClient) -> None:
    await sign_in(client, await reviewer("Zoe Ak", "DENİB"))
    for data, sentence in (
        (b"a;b;c\r\n1;2;3\r\n", "The list lacks these columns"),
        (HEADER.encode(), "The list has no rows."),
        (b"", "This file is empty."),
        (b"\x00\x01\x02", "UTF-16"),
        (b"PK\x03\x04rubbish", "it is damaged"),
        ((HEADER + "1;x;;;;;\r\n" * 1001).encode(), "at most 1000 rows"),
    ):
        answer = await _check(client, data)
        assert answer.status_code == 422, data[:20]
        assert sentence in answer.text, (sentence, re.findall(r'form-error"[^>]*>.*?</p>', answer.text, re.S))


async def test_a_checked_list_cannot_be_changed_on_its_way(client: httpx.AsyncClient) -> None:
    await sign_in(client, await reviewer("Zoe Ak", "DENİB"))
    report = await _check(client, LIST.encode())
    sign_out(client)
    await sign_in(client, await reviewer("Can Ak", "DENİB"))
    token = await token_of(client, "/en/staff/enrolments")
    body = re.search(r'name="body" value="([^"]+)"', report.text)
    rows = re.findall(r'name="rows"\s+value="([^"]+)"', report.text)
    assert body
    answer = await client.post(
        "/en/staff/enrolments/commit", data={csrf.FIELD: token, "body": body[1], "rows": rows}
    )
    assert answer.status_code == 422
    assert "The checked list is lost" in answer.text
    assert await count("enrolment") == 0


async def test_the_reader_of_the_link_becomes_owner_of_a_verified_firm(client: httpx.AsyncClient) -> None:
    first, _ = await _enrolled(client)
    page = await client.get(f"/tr/claim/{first}")
    assert "Çığ Işık Tekstil A.Ş." in page.text
    assert "DENİB" in page.text
    refused = await post_form(client, f"/en/claim/{first}", {"name": "Ayşe Işık", "password": PASSWORD})
    assert refused.status_code == 422
    assert await count("exporter") == 0, "without the declarations nothing happens"
    answer = await post_form(
        client, f"/en/claim/{first}", {"name": "Ayşe Işık", "password": PASSWORD, **TICKS}
    )
    assert answer.status_code == 303, answer.text
    [row] = await fetch("SELECT * FROM exporter")
    assert (row["verification"], row["verified_by"], row["association_no"]) == (
        "VERIFIED",
        "DENİB",
        "2050001",
    )
    moved = await fetch(
        "SELECT after->>'verification' AS state FROM audit_entry WHERE action = 'exporter.verification' ORDER BY id"
    )
    assert [entry["state"] for entry in moved] == ["SUBMITTED", "UNDER_REVIEW", "VERIFIED"]
    desk = await client.get(answer.headers["location"])
    assert desk.status_code == 200, "and is signed in"
    assert "Ayşe Işık" in desk.text
    visitor = httpx.AsyncClient(transport=client._transport, base_url=client.base_url)
    assert (await visitor.get(f"/en/exporters/{row['slug']}")).status_code == 200
    assert (await visitor.get(f"/en/claim/{first}")).status_code == 404, "a link works once"
    assert ("system:enrolment", "exporter.verification") in await audited(row["id"])


async def test_an_address_with_an_account_signs_in_first(client: httpx.AsyncClient) -> None:
    first, _ = await _enrolled(client)
    person = await make_person("Ayşe Işık", "ihracat@cig-isik.example")
    page = await client.get(f"/en/claim/{first}")
    assert 'type="password"' not in page.text
    await sign_in(client, person)
    answer = await post_form(client, f"/en/claim/{first}", TICKS)
    assert answer.status_code == 303
    assert await fetchval("SELECT person FROM membership WHERE role = 'OWNER'") == person


async def test_a_new_link_ends_the_old_one_and_a_withdrawn_one_is_dead(client: httpx.AsyncClient) -> None:
    first, second = await _enrolled(client)
    await sign_in(client, await fetchval("SELECT id FROM person WHERE name = 'Zoe Ak'"))
    rows = await fetch("SELECT public_id FROM enrolment ORDER BY id")
    page = "/en/staff/enrolments"
    assert (await post_form(client, f"{page}/{rows[0]['public_id']}/resend", of=page)).status_code == 303
    assert (await post_form(client, f"{page}/{rows[1]['public_id']}/withdraw", of=page)).status_code == 303
    sign_out(client)
    assert (await client.get(f"/en/claim/{first}")).status_code == 404
    assert (await client.get(f"/en/claim/{second}")).status_code == 404
    fresh = [mail["context"]["token"] for mail in await mails() if mail["template"] == "enrolment"][-1]
    assert (await client.get(f"/en/claim/{fresh}")).status_code == 200
    await execute("UPDATE enrolment SET expires_at = now() - interval '1 minute'")
    assert (await client.get(f"/en/claim/{fresh}")).status_code == 404


async def test_a_firm_that_came_here_otherwise_is_not_made_twice(client: httpx.AsyncClient) -> None:
    first, _ = await _enrolled(client)
    await make_exporter(vkn=VKN)
    answer = await post_form(
        client, f"/en/claim/{first}", {"name": "Ayşe Işık", "password": PASSWORD, **TICKS}
    )
    assert answer.status_code == 422
    assert "on the platform already" in answer.text
    assert await count("exporter") == 1
    assert await fetchval("SELECT count(*) FROM person WHERE name = 'Ayşe Işık'") == 0


async def test_lists_of_other_associations_are_not_seen(client: httpx.AsyncClient) -> None:
    await _enrolled(client)
    member = await fetchval("SELECT public_id FROM enrolment LIMIT 1")
    await sign_in(client, await reviewer("Can Ak", "EİB"))
    page = "/en/staff/enrolments"
    assert "Çığ" not in (await client.get(page)).text
    assert (await post_form(client, f"{page}/{member}/withdraw", of=page)).status_code == 404
    assert (await client.get(f"{page}?association={await _public_id('DENİB')}")).status_code == 404


async def _public_id(association: str) -> str:
    return str(await fetchval("SELECT public_id FROM organisation WHERE association = $1", association))


async def test_the_template_is_a_list_that_can_be_read(client: httpx.AsyncClient) -> None:
    await sign_in(client, await reviewer("Zoe Ak", "DENİB"))
    answer = await client.get("/en/staff/enrolments/template")
    assert answer.headers["content-disposition"].startswith("attachment")
    report = await _check(client, answer.content)
    assert "Örnek Tekstil" in report.text
