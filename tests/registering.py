"""Helpers of tests about registrations: a firm taken through the wizard, and its reviewers."""

from typing import Any

import httpx
from people import make_association, make_member, make_ministry, make_person, post_form, sign_in, token_of
from pictures import pdf

from kervan.db import fetch
from kervan.web import csrf

VKN = "7650859943"
OTHER_VKN = "1408233111"
TCKN = "10000000146"

PDF = pdf("Vergi levhası")

IDENTITY = {"kind": "COMPANY", "number": VKN, "legal_name": "Çığ Işık Tekstil A.Ş.", "trade_name": "Çığ Işık"}

STEPS: dict[str, dict[str, Any]] = {
    "company": {"tax_office": "Gökpınar", "business_model": "MANUFACTURER", "mersis": "0765085994300015"},
    "address": {
        "province": "20",
        "district": "Honaz",
        "address": "Fatih Mah. 6. Cadde 14",
        "postcode": "20330",
    },
    "trade": {
        "sectors": ["home-textiles"],
        "languages": ["tr", "en"],
        "export_countries": "Almanya, France, GB",
    },
    "contact": {
        "contact_name": "Ayşe Yılmaz",
        "contact_email": "ihracat@cig-isik.example",
        "phone": "+90 258 211 12 13",
        "website": "cig-isik.com.tr",
    },
    "texts": {"about_en": "Weaves towels in Denizli.", "about_tr": "Denizli'de havlu dokur."},
    "declarations": {"truth": "1", "authority": "1", "processing": "1"},
}


async def begin(client: httpx.AsyncClient, **changes: Any) -> str:
    """Starts a registration as whoever is signed in; the organisation's public id."""
    answer = await post_form(client, "/en/desk/new-exporter", {**IDENTITY, **changes})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("/")[3]


async def upload(
    client: httpx.AsyncClient, org: str, kind: str, data: bytes = PDF, name: str = "levha.pdf"
) -> Any:
    """Sends one paper."""
    token = await token_of(client, f"/en/desk/{org}/registration/documents")
    return await client.post(
        f"/en/desk/{org}/documents", data={csrf.FIELD: token, "kind": kind}, files={"file": (name, data)}
    )


async def save(client: httpx.AsyncClient, org: str, step: str, **changes: Any) -> httpx.Response:
    """Sends one step."""
    return await post_form(client, f"/en/desk/{org}/registration/{step}", {**STEPS.get(step, {}), **changes})


async def fill(client: httpx.AsyncClient, org: str, **changes: Any) -> None:
    """Every step behind the first, and the papers of a company."""
    for step in STEPS:
        answer = await save(client, org, step, **(changes if step == "company" else {}))
        assert answer.status_code == 303, f"{step}: {answer.text}"
    for kind in ("TAX_PLATE", "SIGNATURE_CIRCULAR"):
        answer = await upload(client, org, kind)
        assert answer.status_code == 303, answer.text


async def hand_in(client: httpx.AsyncClient, org: str) -> httpx.Response:
    """The last button."""
    return await post_form(client, f"/en/desk/{org}/registration/review")


async def handed_in(client: httpx.AsyncClient, **changes: Any) -> tuple[str, int]:
    """A firm that was handed in by a new person who is signed in; (public id, person)."""
    owner = await make_person("Ayşe Yılmaz")
    await sign_in(client, owner)
    org = await begin(client)
    await fill(client, org, **changes)
    answer = await hand_in(client, org)
    assert answer.status_code == 303, answer.text
    return org, owner


async def reviewer(name: str = "Deniz Ak", association: str | None = None) -> int:
    """A person who reviews: for the Ministry, or for an association that is made when it is not there."""
    if association is None:
        rows = await fetch("SELECT id FROM organisation WHERE kind = 'MINISTRY'")
        firm = rows[0]["id"] if rows else (await make_ministry()).id
    else:
        rows = await fetch("SELECT id FROM organisation WHERE association = $1", association)
        firm = rows[0]["id"] if rows else (await make_association(association)).id
    person = await make_person(name)
    await make_member(firm, person, "ADMIN" if association is None else "STAFF")
    return person


async def act(client: httpx.AsyncClient, org: str, action: str, **fields: Any) -> httpx.Response:
    """One action of a reviewer."""
    page = f"/en/staff/exporters/{org}"
    return await post_form(client, f"{page}/{action}", fields, of=page)


ALL_CHECKS = ["identity", "name", "signature", "address", "sector", "association", "sanctions"]


async def state(org: str) -> str:
    """How far the firm is verified."""
    rows = await fetch(
        "SELECT e.verification FROM exporter e JOIN organisation o ON o.id = e.organisation WHERE o.public_id = $1",
        org,
    )
    return str(rows[0]["verification"])
