"""A firm's desk: how complete its profile is, what may be changed freely, and the checks behind the forms."""

from datetime import date
from typing import Any

import httpx
import pytest
from factories import make_exporter
from people import firm_of, make_member, make_person, post_form, sign_in

from kervan.db import fetch, fetchval
from kervan.exporters import profile, rules
from kervan.exporters.rules import Identity
from kervan.exporters.tables import Kind
from kervan.trade.errors import TradeError

PROFILE: dict[str, Any] = {
    "contact_name": "Ayşe Yılmaz",
    "contact_email": "a@ayse.example",
    "phone": "0258 211 12 13",
    "website": "",
    "languages": ["tr", "de"],
    "export_countries": "DE",
    "founded": "1994",
    "about_en": "Weaves bathrobes.",
}


async def _desk(client: httpx.AsyncClient, **fields: Any) -> str:
    exporter = await make_exporter(**fields)
    firm = await firm_of(exporter)
    person = await make_person("Ayşe Yılmaz")
    await make_member(firm, person, "OWNER")
    await sign_in(client, person)
    return f"/en/desk/{firm.public_id}"


async def test_a_changed_profile_is_what_importers_see(client: httpx.AsyncClient) -> None:
    desk = await _desk(client)
    assert (await post_form(client, f"{desk}/profile", PROFILE)).status_code == 303
    shown = (await client.get("/en/exporters/ayse-havlu")).text
    assert "Weaves bathrobes." in shown
    assert "1994" in shown
    assert "211" not in shown, "the telephone is for staff"
    assert "bathrobes" in await fetchval("SELECT search_text FROM exporter")
    assert await fetchval("SELECT count(*) FROM outbox WHERE topic = 'exporters.changed'") > 0


async def test_verified_facts_cannot_be_changed_by_the_profile(client: httpx.AsyncClient) -> None:
    desk = await _desk(client)
    answer = await post_form(
        client, f"{desk}/profile", {**PROFILE, "legal_name": "Another", "vkn": "1", "association": "X"}
    )
    assert answer.status_code == 303
    [row] = await fetch("SELECT legal_name, association FROM exporter")
    assert (row["legal_name"], row["association"]) == ("Ayşe Havlu Sanayi A.Ş.", None)


async def test_certificates_come_and_go(client: httpx.AsyncClient) -> None:
    desk = await _desk(client)
    fields = {"certificate": "1", "standard": "oekotex 100", "issuer": "Aurich", "valid_until": "2031-01-01"}
    path = f"{desk}/profile/certificates"
    assert (await post_form(client, path, fields, of=f"{desk}/profile")).status_code == 303
    assert (await post_form(client, path, fields, of=f"{desk}/profile")).status_code == 422, "not twice"
    [row] = await fetch("SELECT id, standard FROM certificate")
    assert row["standard"] == "OEKO-TEX Standard 100", "in its proper name"
    answer = await post_form(client, f"{path}/{row['id']}/remove", of=f"{desk}/profile")
    assert answer.status_code == 303
    assert await fetchval("SELECT count(*) FROM certificate") == 0


async def test_certificates_of_other_firms_are_out_of_reach(client: httpx.AsyncClient) -> None:
    other = await make_exporter("other", vkn="1234567890")
    id = await fetchval(
        "INSERT INTO certificate (exporter, standard, issuer) VALUES ($1, 'GOTS', 'X') RETURNING id", other
    )
    desk = await _desk(client)
    answer = await post_form(client, f"{desk}/profile/certificates/{id}/remove", of=f"{desk}/profile")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "state", ["DRAFT", "SUBMITTED", "UNDER_REVIEW", "NEEDS_INFO", "VERIFIED", "SUSPENDED", "EXPIRED"]
)
@pytest.mark.parametrize("language", ["en", "tr"])
async def test_the_overview_has_a_page_for_every_state(
    client: httpx.AsyncClient, state: str, language: str
) -> None:
    desk = await _desk(client, verification=state, verified_until=date(2030, 1, 1))
    answer = await client.get(desk.replace("/en/", f"/{language}/", 1))
    assert answer.status_code == 200
    button = {
        "DRAFT": "Go on with the registration",
        "NEEDS_INFO": "Open the registration",
        "EXPIRED": "Renew",
    }
    if language == "en" and state in button:
        assert button[state] in answer.text


def _firm(**changes: Any) -> dict[str, Any]:
    return {
        "languages": ["tr", "en"], "export_countries": ["DE"], "website": "https://a.example", "founded": 1994,
        "employees_band": "10-49", **changes,
    }  # fmt: skip


def test_a_whole_profile_is_complete_and_an_empty_one_says_what_counts_most() -> None:
    whole = profile.completeness(_firm(), {"en": "a", "tr": "b"}, {"en": "c"}, 1, 1)
    assert whole == (100, ())
    empty = _firm(languages=["tr"], export_countries=[], website=None, founded=None, employees_band=None)
    percent, gaps = profile.completeness(empty, {}, {}, 0, 0)
    assert percent == 0
    assert gaps[0].key == "products"
    assert [gap.weight for gap in gaps] == sorted((gap.weight for gap in gaps), reverse=True)


def test_numbers_fit_their_legal_form() -> None:
    assert rules.identity("COMPANY", " 765 085 9943 ") == Identity(Kind.COMPANY, vkn="7650859943")
    assert rules.identity("SOLE_TRADER", "10000000146") == Identity(Kind.SOLE_TRADER, tckn="10000000146")
    assert "10000000146" not in repr(rules.identity("SOLE_TRADER", "10000000146"))
    for kind, number in (("COMPANY", "10000000146"), ("COOP", "10000000146"), ("SOLE_TRADER", "7650859943")):
        with pytest.raises(TradeError):
            rules.identity(kind, number)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("İĞDIR ŞEKER & ÇAY San. Tic. A.Ş.", "igdir-seker-cay-san-tic-a-s"),
        ("Ilık Süt", "ilik-sut"),
        ("آريا", "firma"),
        ("x" * 300, "x" * 70),
    ],
)
def test_a_name_in_an_address_is_folded_as_turkish(name: str, slug: str) -> None:
    assert rules.slug_of(name) == slug


def test_activity_codes_are_read_with_any_separator() -> None:
    assert rules.nace_codes("13.92, 1392;13.92.01 ") == ("13.92", "13.92.01")
    with pytest.raises(TradeError):
        rules.nace_codes("139")
