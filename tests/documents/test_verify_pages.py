"""The page behind the QR: what strangers are told of a document, and what they are not."""

import httpx
import pytest
from documents import papers
from ordering import a_trade, an_order

from kervan.db import execute, fetchval
from kervan.documents import prints, queries, verify_pages
from kervan.documents.queries import Status
from kervan.documents.structs import Kind
from kervan.web.limits import Bucket, Limit

CODE = "B7T2KX94MQ3ZW8RN5CVD"


async def a_document(state: str = "ISSUED", code: str = CODE, kind: Kind = Kind.PROFORMA) -> int:
    """Of a new order; returns the order's id."""
    sent = await an_order(await a_trade())
    order: int = await fetchval("SELECT id FROM trade_order WHERE public_id = $1", sent.public_id)
    await execute(
        """INSERT INTO document (public_id, "order", kind, version, number, state, terms, code, paper, issued_at)
        VALUES ('doc0', $1, $2, 1, 'PF-26-000031', $3, 1, $4, '{}', '2026-09-15 08:00Z')""",
        order,
        kind,
        state,
        code,
    )
    return order


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("state", "status"),
    [("ISSUED", Status.VALID), ("SUPERSEDED", Status.SUPERSEDED), ("VOID", Status.CANCELLED)],
)
async def test_a_code_tells_whether_its_document_holds(state: str, status: Status) -> None:
    await a_document(state)
    found = await queries.by_code(CODE)
    assert found is not None
    assert found.company == "Ayşe Havlu Sanayi A.Ş."
    assert found.status == status
    assert found.issued_at.date().isoformat() == "2026-09-15"


@pytest.mark.usefixtures("db")
async def test_a_cancelled_order_ends_its_documents_whatever_their_own_state() -> None:
    order = await a_document()
    await execute("UPDATE trade_order SET state = 'CANCELLED' WHERE id = $1", order)
    found = await queries.by_code(CODE)
    assert found is not None
    assert found.status == Status.CANCELLED


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "typed", [CODE, CODE.casefold(), "b7t2k x94mq 3zw8r n5cvd", " B7T2K-X94MQ-3ZW8R-N5CVD\n"]
)
async def test_a_code_may_be_typed_as_people_type(typed: str) -> None:
    await a_document()
    assert await queries.by_code(typed) is not None


@pytest.mark.usefixtures("db")
async def test_letters_that_a_code_never_holds_are_read_as_digits() -> None:
    await a_document(code="01" * 10)
    assert await queries.by_code("ol" * 10) is not None
    assert await queries.by_code("OI" * 10) is not None


WRONG = [
    "B7T2KX94MQ3ZW8RN5CVE",
    "x",
    "PF-26-000031",
    "doc0",
    "' OR 1=1 --",
    "%00",
    "%25",
    "١٢٣",
    "A" * 500,
    "<b>x</b>",
]


async def test_every_wrong_code_gets_the_same_answer(client: httpx.AsyncClient) -> None:
    await a_document()
    answers = set()
    for wrong in WRONG:
        answer = await client.get("/en/verify", params={"code": wrong})
        assert answer.status_code == 404
        assert "Ayşe" not in answer.text
        main = answer.text.partition("<main")[2].partition("</main>")[0]
        typed = main.partition('name="code"')[2].partition('value="')[2].partition('"')[0]
        answers.add(main.replace(f'value="{typed}"', 'value=""'))
    assert len(answers) == 1
    assert "We know no document with this code" in answers.pop()


async def test_a_stranger_sees_company_status_and_date_and_nothing_more(
    client: httpx.AsyncClient,
) -> None:
    await a_document()
    answer = await client.get(f"/en/verify/{CODE}")
    assert answer.status_code == 200
    for words in ("Ayşe Havlu Sanayi A.Ş.", "Valid", "15 Sept 2026"):
        assert words in answer.text
    number = await fetchval("SELECT number FROM trade_order")
    for secret in ("Nordlicht", "420", "Hamburg", "towel", number, "PF-26-000031", "Proforma invoice"):
        assert secret not in answer.text.partition("<main")[2].partition("</main>")[0]
    assert 'content="noindex"' in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("state", "english", "turkish"),
    [("SUPERSEDED", "Superseded", "Yenilendi"), ("VOID", "Order cancelled", "Sipariş iptal edildi")],
)
async def test_a_document_that_no_longer_holds_says_so_in_both_languages(
    client: httpx.AsyncClient, state: str, english: str, turkish: str
) -> None:
    await a_document(state)
    assert english in (await client.get(f"/en/verify/{CODE}")).text
    assert turkish in (await client.get(f"/tr/verify/{CODE}")).text


async def test_the_printed_address_leads_to_the_readers_language(client: httpx.AsyncClient) -> None:
    await a_document()
    address = prints.verification_address(CODE, "https://kervan.test")
    answer = await client.get(address, headers={"Accept-Language": "tr"})
    assert (answer.status_code, answer.headers["location"]) == (302, f"/tr/verify/{CODE}")
    assert (await client.get(answer.headers["location"])).status_code == 200
    asked = await client.get("/verify", headers={"Accept-Language": "de"})
    assert asked.headers["location"] == "/en/verify"


async def test_the_printed_address_stays_on_this_site(client: httpx.AsyncClient) -> None:
    for code in ("%2F%2Fevil.example", "..%2F..%2Fsign-in", "%5C%5Cevil.example"):
        answer = await client.get(f"/verify/{code}")
        assert answer.status_code == 404 or answer.headers["location"].startswith("/en/verify/")


async def test_the_page_without_a_code_asks_for_one(client: httpx.AsyncClient) -> None:
    for address in ("/en/verify", "/en/verify?code=", "/en/verify?code=%20"):
        answer = await client.get(address)
        assert answer.status_code == 200
        assert 'name="code"' in answer.text
        # The search field in the head is empty.
        assert 'value="False"' not in answer.text
        assert "We know no document" not in answer.text


async def test_looks_are_counted_by_address_and_refused_when_there_are_too_many(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify_pages, "_LOOKS", Bucket("verify", Limit(3, 900)))
    for _ in range(3):
        assert (await client.get("/en/verify/nothing")).status_code == 404
    refused = await client.get(f"/en/verify/{CODE}")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert (await client.get("/en/verify")).status_code == 200


def test_the_maker_of_papers_and_this_file_mean_the_same_code() -> None:
    assert papers.paper().code == CODE == queries.tidied(CODE)
