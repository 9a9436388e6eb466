"""Comparison of up to four products, for everybody."""

from decimal import Decimal

import httpx
import pytest
from factories import make_exporter, make_product
from people import make_person, sign_in

from kervan.db import execute, fetchval
from kervan.importers import saved


async def ids(count: int) -> list[str]:
    exporter = await make_exporter()
    made = [
        await make_product(exporter, f"HV-{n}", moq=50 if n != 1 else 60, tiers=((60, Decimal("3.00")),))
        for n in range(count)
    ]
    return [await fetchval("SELECT public_id FROM product WHERE id = $1", id) for id in made]


def columns(page: str) -> int:
    return page.count('class="compare-out"')


async def test_products_stand_side_by_side_without_an_account(client: httpx.AsyncClient) -> None:
    first, second = await ids(2)
    answer = await client.get(f"/en/compare?p={first}&p={second}")
    assert answer.status_code == 200
    assert columns(answer.text) == 2
    assert "set-cookie" not in answer.headers


async def test_what_differs_is_marked_and_what_is_equal_is_not(client: httpx.AsyncClient) -> None:
    first, second, third = await ids(3)
    page = (await client.get(f"/en/compare?p={first}&p={second}")).text
    assert "<span>Smallest order</span><span" in page
    assert "<span>HS code</span></th>" in page
    same = (await client.get(f"/en/compare?p={first}&p={third}")).text
    assert "compare-differs" not in same


async def test_four_at_most_and_the_rest_is_told(client: httpx.AsyncClient) -> None:
    five = await ids(5)
    page = (await client.get("/en/compare?" + "&".join(f"p={id}" for id in five))).text
    assert columns(page) == 4
    assert "Only the first four are shown; 1 is left out." in page


async def test_unknown_and_unpublished_ids_are_counted_not_named(client: httpx.AsyncClient) -> None:
    first, second = await ids(2)
    await execute("UPDATE product SET state = 'PAUSED' WHERE public_id = $1", second)
    answer = await client.get(f"/en/compare?p={first}&p={second}&p=abcdefghjkmn&p=..%2F&p=%00&p=")
    assert answer.status_code == 200
    assert columns(answer.text) == 1
    assert "2 of these products are not on the platform" in answer.text
    await execute("UPDATE exporter SET verification = 'SUSPENDED'")
    assert columns((await client.get(f"/en/compare?p={first}")).text) == 0


async def test_the_same_product_twice_stands_there_once(client: httpx.AsyncClient) -> None:
    [first] = await ids(1)
    page = (await client.get(f"/en/compare?p={first}&p=https://kervan.test/en/products/towel-{first}")).text
    assert columns(page) == 1


async def test_one_is_taken_out_by_a_link(client: httpx.AsyncClient) -> None:
    first, second = await ids(2)
    page = (await client.get(f"/en/compare?p={first}&p={second}")).text
    assert f'href="/en/compare?p={second}"' in page
    assert f'href="/en/compare?p={first}"' in page


async def test_an_empty_comparison_says_how_to_begin(client: httpx.AsyncClient) -> None:
    assert "Nothing to compare yet" in (await client.get("/en/compare")).text


async def test_kept_products_are_offered_to_who_keeps_them(client: httpx.AsyncClient) -> None:
    first, second = await ids(2)
    reader = await make_person("Jonas Petersen")
    await saved.keep_product(reader, second)
    assert f'value="{second}"' not in (await client.get(f"/en/compare?p={first}")).text
    await sign_in(client, reader)
    assert f'type="checkbox" name="p" value="{second}"' in (await client.get(f"/en/compare?p={first}")).text


@pytest.mark.parametrize("language", ["en", "tr"])
async def test_products_without_prices_weights_and_codes_are_compared_too(
    client: httpx.AsyncClient, language: str
) -> None:
    exporter = await make_exporter()
    bare = await make_product(
        exporter, "HV-9", tiers=(), currency=None, hs_code=None, tariff_year=None, net_weight_g=None,
        gross_weight_g=None, lead_days=None, micro_export_ok=False,
    )  # fmt: skip
    id = await fetchval("SELECT public_id FROM product WHERE id = $1", bare)
    assert (await client.get(f"/{language}/compare?p={id}")).status_code == 200
