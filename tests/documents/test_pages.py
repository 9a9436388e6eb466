"""The pages of an order's papers: who may open them, what they keep, what they hand out."""

from datetime import timedelta
from typing import Any

import httpx
import people
import pytest
from desk import flat
from papering import Case, a_proforma, accepted, confirmed, invoiced

from kervan.documents import service, shelf
from kervan.documents.structs import Kind
from kervan.documents.wanted import PackingWanted
from kervan.orders import steps
from kervan.orders.deadlines import today


def path_of(case: Case, page: str = "", side: str = "EXPORTER") -> str:
    firm = case.trade.exporter_firm if side == "EXPORTER" else case.trade.importer_firm
    return f"/en/desk/{firm.public_id}/orders/{case.public_id}{page}"


async def signed_in(client: httpx.AsyncClient, case: Case, side: str = "EXPORTER") -> None:
    await people.sign_in(client, (case.seller if side == "EXPORTER" else case.buyer).person)


async def send(client: httpx.AsyncClient, case: Case, page: str, **fields: Any) -> httpx.Response:
    return await people.post_form(
        client, path_of(case, page), {"version": str(await case.version()), **fields}
    )


def proforma_fields(**fields: Any) -> dict[str, Any]:
    until = (today() + timedelta(days=10)).isoformat()
    return {"valid_until": until, "city": "Hamburg", "transport_mode": "4", **fields}


def invoice_fields(**fields: Any) -> dict[str, Any]:
    values = {
        "number": f"ABC{today().year}000000007",
        "issued_on": today().isoformat(),
        "try_rate": "55.90",
        "try_rate_on": today().isoformat(),
    }
    return {**values, **fields}


async def test_an_exporter_issues_the_papers_by_forms(client: httpx.AsyncClient) -> None:
    case = await accepted()
    await signed_in(client, case)
    page = await client.get(path_of(case, "/proforma"))
    assert "€420.00" in page.text
    assert "6302.60.00.00.11" in page.text
    sent = await send(
        client, case, "/proforma", **proforma_fields(payment_terms="30% in advance", lead_days="10")
    )
    assert sent.status_code == 303
    assert sent.headers["location"] == f"{path_of(case)}?said=proforma-sent"
    await steps.take(case.buyer, case.buying, "confirm", await case.version(), seen=1)
    page = await client.get(path_of(case, "/invoice"))
    assert f"KRV{today().year}000000001" in page.text
    sent = await send(client, case, "/invoice", **invoice_fields())
    assert sent.status_code == 303, flat(sent)
    found = await shelf.live(case.id, Kind.INVOICE)
    assert found is not None
    assert found.number == f"ABC{today().year}000000007"
    assert found.paper.payment_terms == "30% in advance"
    sent = await send(
        client, case, "/packing",
        packages="2", package_kind="CT", gross_g="46.2 kg", transport_mode="4", packages_1="2",
    )  # fmt: skip
    assert sent.status_code == 303, flat(sent)
    packed = await shelf.live(case.id, Kind.EXPORT_FORM)
    assert packed is not None
    assert (packed.paper.gross_g, packed.paper.packages) == (46_200, 2)


async def test_a_page_whose_turn_has_not_come_leads_back_to_the_order(client: httpx.AsyncClient) -> None:
    case = await accepted()
    await signed_in(client, case)
    for page in ("/invoice", "/packing", "/hand-over"):
        answer = await client.get(path_of(case, page))
        assert answer.status_code == 303
        assert answer.headers["location"] == path_of(case)


async def test_what_was_typed_is_kept_when_a_proforma_is_refused(client: httpx.AsyncClient) -> None:
    case = await accepted()
    await signed_in(client, case)
    fields = proforma_fields(valid_until="2020-01-01", payment_terms="Half now", note="Mind the dog")
    answer = await send(client, case, "/proforma", **fields)
    assert answer.status_code == 422
    assert "This day is past." in answer.text
    assert 'value="Half now"' in answer.text
    assert "Mind the dog" in answer.text


async def test_an_unusual_rate_is_asked_about_and_taken_with_a_tick(client: httpx.AsyncClient) -> None:
    case = await confirmed()
    await signed_in(client, case)
    answer = await send(client, case, "/invoice", **invoice_fields(try_rate="99"))
    assert answer.status_code == 422
    assert "more than 10% away" in flat(answer)
    assert 'name="rate_confirmed"' in answer.text
    assert 'value="99"' in answer.text
    answer = await send(client, case, "/invoice", **invoice_fields(try_rate="99", rate_confirmed="1"))
    assert answer.status_code == 303


async def test_invariant_7_a_difference_is_shown_as_a_table(client: httpx.AsyncClient) -> None:
    case = await confirmed()
    await signed_in(client, case)
    answer = await send(client, case, "/invoice", **invoice_fields(stated_total="400"))
    assert answer.status_code == 422
    assert "Where they differ" in answer.text
    assert "420.00 EUR" in answer.text
    assert "400.00 EUR" in answer.text
    assert await case.state() == "CONFIRMED"


async def test_invariant_1_a_parcel_over_the_limit_is_refused_in_a_sentence(
    client: httpx.AsyncClient,
) -> None:
    case = await confirmed()
    await signed_in(client, case)
    answer = await send(
        client, case, "/packing", packages="90", package_kind="CT", gross_g="601 kg", transport_mode="4"
    )
    assert answer.status_code == 422
    assert "601 kg" in flat(answer)
    assert "600 kg" in flat(answer)


async def test_a_broken_rule_is_named_with_a_way_to_put_it_right(client: httpx.AsyncClient) -> None:
    from kervan.db import execute

    case = await confirmed()
    await execute("UPDATE exporter SET tax_office = NULL WHERE id = $1", case.trade.exporter)
    await signed_in(client, case)
    answer = await send(client, case, "/invoice", **invoice_fields())
    assert answer.status_code == 422
    assert "TAX_OFFICE" in answer.text
    assert f"/en/desk/{case.trade.exporter_firm.public_id}/registration" in answer.text


async def test_an_old_version_of_the_order_is_refused(client: httpx.AsyncClient) -> None:
    case = await accepted()
    await signed_in(client, case)
    answer = await send(client, case, "/proforma", **proforma_fields(version="1"))
    assert answer.status_code == 422
    assert "changed in the meantime" in answer.text
    for version in ("", "x", "9" * 30, "-1"):
        answer = await send(client, case, "/proforma", **proforma_fields(version=version))
        assert answer.status_code == 422
    assert await case.state() == "ACCEPTED"


async def test_strangers_the_importer_and_those_who_look_on_issue_nothing(client: httpx.AsyncClient) -> None:
    case, other = await accepted(), await accepted("baska-havlu")
    looks_on = await people.make_person("Bakan Kişi")
    await people.make_member(case.trade.exporter_firm, looks_on, "VIEWER")
    for person, status in ((other.seller.person, 404), (case.buyer.person, 404), (looks_on, 403)):
        await people.sign_in(client, person)
        for page in ("/proforma", "/invoice", "/packing", "/hand-over", "/etgb", "/close", "/vat"):
            answer = await client.get(path_of(case, page))
            assert answer.status_code == status, (page, person)
    await people.sign_in(client, case.buyer.person)
    for page in ("/proforma", "/invoice", "/packing", "/hand-over", "/etgb", "/close", "/vat"):
        assert (await client.get(path_of(case, page, "IMPORTER"))).status_code == 404


async def test_files_are_for_the_two_parties_only(client: httpx.AsyncClient) -> None:
    case, other = await invoiced(), await invoiced("baska-havlu")
    found = await shelf.live(case.id, Kind.INVOICE)
    assert found is not None
    file = f"/documents/{found.public_id}/pdf-tr"
    for side in ("EXPORTER", "IMPORTER"):
        await signed_in(client, case, side)
        answer = await client.get(path_of(case, file, side))
        assert answer.status_code == 200
        assert answer.content.startswith(b"%PDF")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    answer = await client.get(path_of(case, f"/documents/{found.public_id}/xml", "IMPORTER"))
    assert answer.headers["content-type"].startswith("application/xml")
    for wrong in ("pdf-de", "pdf", "xml-tr", "exe", "..", "pdf-tr-x"):
        answer = await client.get(path_of(case, f"/documents/{found.public_id}/{wrong}", "IMPORTER"))
        assert answer.status_code == 404
    await signed_in(client, other)
    assert (await client.get(path_of(case, file))).status_code == 404
    # Not even through an order of one's own.
    assert (await client.get(path_of(other, file))).status_code == 404


@pytest.mark.parametrize("language", ["en", "tr"])
async def test_the_list_of_papers_shows_every_version_with_its_files(
    client: httpx.AsyncClient, language: str
) -> None:
    case = await accepted()
    await service.issue_proforma(case.seller, case.selling, await case.version(), a_proforma())
    await service.correct_proforma(
        case.seller, case.selling, await case.version(), a_proforma(), "<b>Wrong</b> terms"
    )
    app = client._transport.app  # type: ignore[attr-defined]  # httpx names it nowhere else
    environment = app.state.templates.environments[language]
    shown = environment.from_string(
        '{% from "documents/_list.html" import documents_list %}{{ documents_list(documents, here) }}'
    ).render(documents=await shelf.of_order(case.id), here=f"/desk/o/orders/{case.public_id}")
    assert shown.count("/pdf-tr") == 2
    assert "&lt;b&gt;Wrong" in shown
    assert "<details" in shown


async def test_packed_goods_are_filled_in_again(client: httpx.AsyncClient) -> None:
    case = await invoiced()
    wanted = PackingWanted(packages=3, gross_g=46_200, line_packages={1: 3}, note="Fragile")
    await service.issue_packing(case.seller, case.selling, await case.version(), wanted)
    await signed_in(client, case)
    page = await client.get(path_of(case, "/packing"))
    assert 'value="46.2 kg"' in page.text
    assert "Fragile" in page.text
