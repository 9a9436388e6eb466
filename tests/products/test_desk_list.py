"""The list of the exporter's desk: found, filtered, many at once, and as a file that an import reads again."""

import csv
import io

import httpx
import people
from desk import a_desk, flat
from factories import make_exporter, make_product, product_input

from kervan.db import fetch, fetchval
from kervan.products.inputs import TextInput
from kervan.products.service import save_many


async def _stock(firm: people.Firm) -> dict[str, str]:
    """Two towels and a draft robe; public ids by SKU."""
    robe = {"tr": TextInput("İpek bornoz"), "en": TextInput("Silk robe")}
    await save_many(
        firm.entity,
        [
            product_input("HV-1"),
            product_input("=HV-2", brand="+Pamuk"),
            product_input("BZ-1", texts=robe, state="DRAFT"),
        ],
        "system:test",
    )
    return {row["sku"]: row["public_id"] for row in await fetch("SELECT sku, public_id FROM product")}


async def test_the_list_is_searched_by_folded_words_and_filtered_by_state(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    await _stock(firm)
    here = f"/en/desk/{firm.public_id}/products"
    for query, shown, hidden in (
        ("", "HV-1", "nothing"),
        ("?q=IPEK", "BZ-1", "HV-1"),
        ("?q=ipek+bornoz", "BZ-1", "HV-1"),
        ("?q=%25", "Nothing fits this search", "HV-1"),
        ("?state=DRAFT", "BZ-1", "HV-1"),
        ("?state=PUBLISHED&sort=sku", "HV-1", "BZ-1"),
        ("?sort=nonsense&page=999999999&state=XYZ", "HV-1", "Nothing fits"),
    ):
        page = flat(await client.get(here + query))
        assert shown in page, query
        assert hidden not in page, query


async def test_many_are_paused_at_once_and_what_could_not_be_is_counted(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    ids = await _stock(firm)
    here = f"/en/desk/{firm.public_id}/products"
    answer = await people.post_form(client, here, {"id": list(ids.values()), "action": "pause"})
    assert answer.status_code == 303
    assert "1 of the chosen products stayed as it was" in flat(await client.get(answer.headers["location"]))
    states = {row["sku"]: row["state"] for row in await fetch("SELECT sku, state FROM product")}
    assert states == {"HV-1": "PAUSED", "=HV-2": "PAUSED", "BZ-1": "DRAFT"}
    nothing = await people.post_form(client, here, {"action": "pause"})
    assert nothing.status_code == 422


async def test_a_foreign_product_among_the_chosen_changes_nothing(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    ids = await _stock(firm)
    foreign = await make_product(await make_exporter("can-zeytin"), "ZY-1")
    other = await fetchval("SELECT public_id FROM product WHERE id = $1", foreign)
    here = f"/en/desk/{firm.public_id}/products"
    answer = await people.post_form(client, here, {"id": [ids["HV-1"], other], "action": "archive"})
    assert answer.status_code == 404
    assert await fetchval("SELECT count(*) FROM product WHERE state = 'ARCHIVED'") == 0


async def test_the_list_as_a_file_runs_no_formula_and_reads_as_an_import(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    await _stock(firm)
    answer = await client.get(f"/en/desk/{firm.public_id}/products.csv?q=havlu")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["sku"] for row in rows] == ["HV-1", "'=HV-2"]
    assert rows[1]["brand"] == "'+Pamuk"
    assert (rows[0]["price_1"], rows[0]["from_3"], rows[0]["gross_weight_g"]) == ("4.2", "1000", "455")
