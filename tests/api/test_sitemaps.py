"""GET /robots.txt, /sitemap.xml and /sitemaps/{name}.xml."""

from xml.etree import ElementTree

import httpx
import pytest

pytestmark = pytest.mark.usefixtures("stock")

NS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


async def _locations(api: httpx.AsyncClient, path: str) -> list[str]:
    answer = await api.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/xml")
    return [element.text or "" for element in ElementTree.fromstring(answer.content).iterfind(".//s:loc", NS)]


async def test_robots_are_told_where_the_sitemap_is(api: httpx.AsyncClient) -> None:
    assert "Sitemap: https://kervan.test/sitemap.xml" in (await api.get("/robots.txt")).text.splitlines()


async def test_the_index_lists_files_that_exist(api: httpx.AsyncClient) -> None:
    files = await _locations(api, "/sitemap.xml")
    assert {file.rsplit("/", 1)[1].split("-")[0] for file in files} == {"products", "exporters", "browse.xml"}
    for file in files:
        assert await _locations(api, file.removeprefix("https://kervan.test"))


async def test_every_findable_product_is_there_in_each_language_and_no_other(api: httpx.AsyncClient) -> None:
    index = await _locations(api, "/sitemap.xml")
    products = [
        location
        for file in index
        if "/products-" in file
        for location in await _locations(api, file.removeprefix("https://kervan.test"))
    ]
    assert len(products) == len(set(products)) == 2 * 27
    assert any(
        location.startswith("https://kervan.test/tr/products/sizma-zeytinyagi-") for location in products
    )
    assert any(
        location.startswith("https://kervan.test/en/products/extra-virgin-olive-oil-")
        for location in products
    )
    assert not any("kapali" in location for location in products)


async def test_each_address_names_its_other_languages_and_its_last_change(api: httpx.AsyncClient) -> None:
    files = await _locations(api, "/sitemap.xml")
    exporters = next(file for file in files if "/exporters-" in file)
    tree = ElementTree.fromstring((await api.get(exporters.removeprefix("https://kervan.test"))).content)
    for url in tree.iterfind("s:url", NS):
        assert {link.get("hreflang") for link in url.iterfind("x:link", NS)} == {"en", "tr"}
        assert len(url.findtext("s:lastmod", "", NS)) == len("2026-01-03")


async def test_addresses_of_the_sitemap_open(api: httpx.AsyncClient) -> None:
    locations = await _locations(api, "/sitemaps/browse.xml")
    for location in (*locations[:12], *locations[-4:]):
        answer = await api.get(location.removeprefix("https://kervan.test"))
        assert answer.status_code == 200, location


@pytest.mark.parametrize(
    "name", ["products-0.xml", "products-999.xml", "products-1", "x.xml", "..%2fx.xml", "%00.xml"]
)
async def test_other_files_are_404(api: httpx.AsyncClient, name: str) -> None:
    assert (await api.get(f"/sitemaps/{name}")).status_code == 404
