"""The documents of an order: issued once, never changed, corrected by a new one, all of it or nothing."""

from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import people
import pytest
from documents.issued import files_on_disk, opinion, pdf_text
from papering import a_proforma, accepted, again, an_invoice, confirmed, invoiced

from kervan import vault
from kervan.db import connection, execute, fetch, fetchval
from kervan.documents import issuing, prints, readback, service, shelf
from kervan.documents.structs import Address, Kind
from kervan.documents.voiding import handlers
from kervan.documents.wanted import PackingWanted
from kervan.errors import Conflict, Invalid, NotFound
from kervan.exporters.registration import TCKN
from kervan.files import store
from kervan.orders import queries, steps
from kervan.outbox import drain

pytestmark = pytest.mark.usefixtures("db")


async def test_the_proforma_is_printed_twice_and_the_importer_is_told() -> None:
    case = await accepted()
    await service.issue_proforma(case.seller, case.selling, await case.version(), a_proforma())
    assert await case.state() == "PROFORMA_SENT"
    (proforma,) = await shelf.of_order(case.id)
    assert (proforma.kind, proforma.version, proforma.state) == ("PROFORMA", 1, "ISSUED")
    assert {file.name for file in proforma.files} == {"pdf-tr", "pdf-en"}
    assert len(proforma.code) == 20
    turkish, english = [await pdf_text(case.id, Kind.PROFORMA, language) for language in ("tr", "en")]
    assert "PROFORMA FATURA" in turkish.upper()
    assert "Combed cotton terry towel" in english
    assert "Hamburg" in english
    mails = await people.mails("jan-ayse-havlu@nordlicht.example")
    assert mails[-1]["context"]["action"] == "proforma"


@pytest.mark.parametrize(("incoterm", "place"), [("FCA", "Merkezefendi"), ("DAP", "Hamburg")])
async def test_an_order_of_before_places_were_asked_for_names_one_on_its_papers(
    incoterm: str, place: str
) -> None:
    case = await accepted(incoterm=incoterm)
    async with connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        await conn.execute("""UPDATE order_terms SET place = '' WHERE "order" = $1""", case.id)
    await service.issue_proforma(case.seller, case.selling, await case.version(), a_proforma())
    found = await shelf.live(case.id, Kind.PROFORMA)
    assert found is not None
    assert found.paper.place == place


async def test_every_file_is_kept_with_its_hash() -> None:
    case = await invoiced()
    for document in await shelf.of_order(case.id):
        for file in document.files:
            data, name, _ = await shelf.file(case.id, document.public_id, file.name)
            assert sha256(data).hexdigest() == file.sha256
            assert len(data) == file.size
            assert name.startswith(document.number)


async def test_a_whole_order_makes_an_invoice_that_gib_takes() -> None:
    case = await invoiced(charges={"FREIGHT": Decimal("120.00"), "INSURANCE": Decimal("8.50")})
    found = await shelf.live(case.id, Kind.INVOICE)
    assert found is not None
    xml, name, kind = await shelf.file(case.id, found.public_id, "xml")
    assert (name, kind) == (f"{found.number}.xml", "application/xml")
    assert opinion(xml) == []
    assert readback.check_invoice(xml) == []
    assert b"<cbc:TaxExemptionReasonCode>301<" in xml


async def test_a_packed_order_makes_an_invoice_that_gib_takes() -> None:
    case = await confirmed()
    wanted = PackingWanted(packages=2, gross_g=46_200, line_packages={1: 2}, package_kind="BX")
    (packing_list,) = await service.issue_packing(case.seller, case.selling, await case.version(), wanted)
    await service.issue_invoice(case.seller, case.selling, await case.version(), await an_invoice(case))
    found = await shelf.live(case.id, Kind.INVOICE)
    assert found is not None
    assert (found.paper.gross_g, found.paper.packages, found.paper.package_kind) == (46_200, 2, "BX")
    xml, _, _ = await shelf.file(case.id, found.public_id, "xml")
    assert opinion(xml) == []
    assert packing_list in [one.public_id for one in await shelf.of_order(case.id)]


async def test_invariant_7_lines_and_charges_add_up_to_what_is_payable() -> None:
    case = await invoiced(charges={"FREIGHT": Decimal("33.33"), "PACKAGING": Decimal("0.01")})
    found = await shelf.live(case.id, Kind.INVOICE)
    assert found is not None
    paper = found.paper
    assert sum(line.amount for line in paper.lines) + sum(one.amount for one in paper.charges) == paper.total
    assert paper.total == (await case.detail()).terms.invoice_total == Decimal("453.34")


async def test_invariant_14_a_proforma_is_not_issued_twice() -> None:
    case = await accepted()
    version = await case.version()
    await service.issue_proforma(case.seller, case.selling, version, a_proforma())
    with pytest.raises(Conflict):
        await service.issue_proforma(case.seller, case.selling, version, a_proforma())
    with pytest.raises(Conflict):
        await service.issue_proforma(case.seller, case.selling, await case.version(), a_proforma())
    assert await people.count("document") == 1


async def test_an_invoice_before_the_importer_confirmed_is_refused() -> None:
    case = await accepted()
    await service.issue_proforma(case.seller, case.selling, await case.version(), a_proforma())
    with pytest.raises(Conflict):
        await service.issue_invoice(case.seller, case.selling, await case.version(), await an_invoice(case))


async def test_a_corrected_proforma_takes_the_place_of_the_old_one_and_is_confirmed_anew() -> None:
    case = await accepted()
    await service.issue_proforma(case.seller, case.selling, await case.version(), a_proforma())
    seen = await case.version()
    await service.correct_proforma(
        case.seller,
        case.selling,
        seen,
        a_proforma(payment_terms="30 days net"),
        "Terms of payment were wrong",
    )
    new, old = await shelf.of_order(case.id)
    assert (new.version, new.state, new.number) == (2, "ISSUED", f"{old.number}-2")
    assert (old.state, old.reason) == ("SUPERSEDED", "Terms of payment were wrong")
    with pytest.raises(Conflict):
        await steps.take(case.buyer, case.buying, "confirm", seen, seen=1)
    with pytest.raises(Conflict):
        await steps.take(case.buyer, case.buying, "confirm", await case.version(), seen=1)
    await steps.take(case.buyer, case.buying, "confirm", await case.version(), seen=2)
    assert await case.state() == "CONFIRMED"
    actions = [(event.action, event.reason) for event in await queries.timeline(case.id)]
    assert ("document", "Terms of payment were wrong") in actions
    mails = await people.mails("jan-ayse-havlu@nordlicht.example")
    assert [mail["context"]["action"] for mail in mails].count("proforma") == 2


async def test_a_correction_needs_a_reason() -> None:
    case = await accepted()
    await service.issue_proforma(case.seller, case.selling, await case.version(), a_proforma())
    with pytest.raises(Invalid) as invalid:
        await service.correct_proforma(case.seller, case.selling, await case.version(), a_proforma(), "   ")
    assert "reason" in invalid.value.fields


async def test_a_corrected_invoice_has_a_number_of_its_own_and_the_parcel_is_packed_again() -> None:
    case = await invoiced()
    wanted = PackingWanted(packages=2, gross_g=46_200)
    assert len(await service.issue_packing(case.seller, case.selling, await case.version(), wanted)) == 2
    first = await shelf.live(case.id, Kind.INVOICE)
    assert first is not None
    with pytest.raises(Invalid):
        await service.correct_invoice(
            case.seller,
            case.selling,
            await case.version(),
            await an_invoice(case, number=first.number),
            "The rate was of another day",
        )
    await service.correct_invoice(
        case.seller, case.selling, await case.version(), await an_invoice(case), "The rate was of another day"
    )
    second = await shelf.live(case.id, Kind.INVOICE)
    assert second is not None
    assert (second.version, second.number) == (2, f"{first.number[:-1]}2")
    assert await shelf.live(case.id, Kind.EXPORT_FORM) is None
    assert await case.state() == "INVOICED"


async def test_the_export_form_names_the_invoice() -> None:
    case = await invoiced()
    wanted = PackingWanted(packages=2, gross_g=46_200)
    await service.issue_packing(case.seller, case.selling, await case.version(), wanted)
    found, invoice = await shelf.live(case.id, Kind.EXPORT_FORM), await shelf.live(case.id, Kind.INVOICE)
    assert found is not None
    assert invoice is not None
    assert found.paper.invoice_number == invoice.number
    assert "46" in await pdf_text(case.id, Kind.EXPORT_FORM)


async def test_a_number_is_used_once_by_an_exporter_and_freely_by_another() -> None:
    case = await invoiced()
    number = await fetchval("SELECT number FROM invoice_number")
    other = await confirmed("baska-havlu")
    wanted = await an_invoice(other, number=number)
    await service.issue_invoice(other.seller, other.selling, await other.version(), wanted)
    second = await again(case.trade, "k-2")
    await service.issue_proforma(second.seller, second.selling, await second.version(), a_proforma())
    await steps.take(second.buyer, second.buying, "confirm", await second.version(), seen=1)
    with pytest.raises(Invalid) as invalid:
        await service.issue_invoice(
            second.seller, second.selling, await second.version(), await an_invoice(second, number=number)
        )
    assert "number" in invalid.value.fields


async def test_the_buyers_office_stands_on_the_papers_in_its_own_country() -> None:
    case = await accepted()
    office = Address(street="Jungfernstieg 1", city="Hamburg", postcode="20095", country="FR")
    await service.issue_proforma(case.seller, case.selling, await case.version(), a_proforma(office=office))
    found = await shelf.live(case.id, Kind.PROFORMA)
    assert found is not None
    assert (found.paper.buyer.address.street, found.paper.buyer.address.country) == ("Jungfernstieg 1", "DE")
    assert found.paper.consignee.name == "Nordlicht Lager"


async def test_a_sole_traders_number_is_on_the_invoice_and_in_clear_nowhere_else() -> None:
    number = "10000000146"
    case = await accepted()
    async with connection() as conn:
        await conn.execute(
            """UPDATE exporter SET kind = 'SOLE_TRADER', vkn = NULL, tckn_sealed = $2, tckn_fingerprint = $3
            WHERE id = $1""",
            case.trade.exporter,
            vault.seal(number, TCKN),
            vault.fingerprint(number, TCKN),
        )
    await service.issue_proforma(case.seller, case.selling, await case.version(), a_proforma())
    await steps.take(case.buyer, case.buying, "confirm", await case.version(), seen=1)
    await service.issue_invoice(case.seller, case.selling, await case.version(), await an_invoice(case))
    found = await shelf.live(case.id, Kind.INVOICE)
    assert found is not None
    assert found.paper.seller.tckn == number
    assert number in await pdf_text(case.id, Kind.INVOICE)
    xml, _, _ = await shelf.file(case.id, found.public_id, "xml")
    assert opinion(xml) == []
    for table in ("document", "audit_entry", "order_event", "outbox", "webhook_delivery", "mail"):
        assert not [
            row for row in await fetch(f"SELECT t::text AS row FROM {table} t") if number in row["row"]
        ]


async def test_papers_are_sealed_anew_with_a_new_secret() -> None:
    from kervan.documents import papers

    case = await confirmed()
    sealed = vault.seal("10000000146", TCKN)
    async with connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        await conn.execute(
            "UPDATE document SET paper = jsonb_set(paper, '{seller,tckn}', to_jsonb($1::text))", sealed
        )
        assert await papers.reseal(conn) == 1
    stored = await fetchval("SELECT paper #>> '{seller,tckn}' FROM document")
    assert stored != sealed
    found = await shelf.live(case.id, Kind.PROFORMA)
    assert found is not None
    assert found.paper.seller.tckn == "10000000146"


async def test_nobody_but_the_exporter_issues() -> None:
    case = await accepted()
    with pytest.raises(NotFound):
        await service.issue_proforma(case.buyer, case.buying, await case.version(), a_proforma())


async def test_a_print_that_fails_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = await confirmed()
    before = files_on_disk(tmp_path)
    kept = store.put
    done: list[str] = []

    async def full_disk(folder: str, data: bytes, extension: str) -> str:
        if len(done) == 2:
            raise OSError(28, "No space left on device")
        done.append(extension)
        return await kept(folder, data, extension)

    monkeypatch.setattr(issuing.store, "put", full_disk)
    with pytest.raises(OSError, match="No space"):
        await service.issue_invoice(case.seller, case.selling, await case.version(), await an_invoice(case))
    assert files_on_disk(tmp_path) == before
    assert await case.state() == "CONFIRMED"
    assert await people.count("invoice_number") == 0


async def test_somebody_faster_leaves_no_file_and_no_number(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = await confirmed()
    version, wanted = await case.version(), await an_invoice(case)
    before = files_on_disk(tmp_path)
    printed = prints.pdf
    from anyio import from_thread

    raced: list[bool] = []

    def slow(*what: Any) -> bytes:
        if not raced:
            raced.append(True)
            from_thread.run(execute, "UPDATE trade_order SET version = version + 1 WHERE id = $1", case.id)
        return printed(*what)

    monkeypatch.setattr(issuing.prints, "pdf", slow)
    with pytest.raises(Conflict):
        await service.issue_invoice(case.seller, case.selling, version, wanted)
    assert raced
    assert files_on_disk(tmp_path) == before
    assert await people.count("invoice_number") == 0


async def test_documents_of_a_cancelled_order_are_void_and_stay() -> None:
    case = await invoiced()
    await steps.take(case.buyer, case.buying, "cancel", await case.version(), reason="We buy elsewhere")
    await drain(handlers())
    documents = await shelf.of_order(case.id)
    assert {one.state for one in documents} == {"VOID"}
    assert len(documents) == 2
    assert (await shelf.file(case.id, documents[0].public_id, "pdf-tr"))[0].startswith(b"%PDF")
