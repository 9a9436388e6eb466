"""What stands behind the question mark: nonsense in every parameter of every page fails nowhere."""

import re
from pathlib import Path

import httpx
from factories import make_exporter, make_product
from litestar import Litestar
from litestar.routes import HTTPRoute
from people import firm_of, make_importer, make_member, make_ministry, make_person, sign_in

import kervan
from kervan.db import fetchval

NONSENSE = (
    "%00",
    "a%00b",
    "%ED%A0%80",  # half a character
    "%FF%FE",
    "9" * 40,
    "-1",
    "%27%29%3B--",
    "%25s%25n%7B0%7D%7B%7B7*7%7D%7D",
    "2026-13-45",
    "x" * 700,
    "%CC%81" * 100,
    "%E2%80%AE" * 5,
)


def _parameters() -> set[str]:
    """The names that any code of ours asks a query for."""
    found: set[str] = set()
    for path in Path(kervan.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"query(?:_of\(request\))?\.get\(\s*\"(\w+)\"", text))
        found |= set(re.findall(r"whole_number\(\s*\w+(?:\([^)]*\))?, \"(\w+)\"", text))
    return found | {
        "q",
        "page",
        "price_from",
        "price_to",
        "hs",
        "sector",
        "province",
        "country",
        "certificate",
        "sort",
    }


async def test_nonsense_in_every_parameter_of_every_page_fails_nowhere(
    client: httpx.AsyncClient, fresh_app: Litestar
) -> None:
    exporter = await make_exporter()
    product = await make_product(exporter)
    firm, importer = await firm_of(exporter), await make_importer()
    everything = await make_person("Aslı Erdemir")
    for place, role in ((firm, "OWNER"), (importer, "OWNER"), (await make_ministry(), "ADMIN")):
        await make_member(place, everything, role)
    await sign_in(client, everything)
    names = _parameters()
    assert len(names) > 20
    fills = {
        "org": firm.public_id,
        "product_id": await fetchval("SELECT public_id FROM product WHERE id = $1", product),
        "slug": await fetchval("SELECT slug FROM exporter"),
        "step": "company",
    }
    failed, asked = [], 0
    for route in fresh_app.routes:
        if (
            not isinstance(route, HTTPRoute)
            or "GET" not in route.methods
            or not route.path.startswith(("/en", "/api"))
        ):
            continue
        path = re.sub(r"\{(\w+):\w+\}", lambda found: str(fills.get(found[1], "1")), route.path)
        for value in NONSENSE:
            query = "&".join(f"{name}={value}" for name in sorted(names))
            answer = await client.get(f"{path}?{query}")
            asked += 1
            if answer.status_code >= 500:
                failed.append(f"{path} with {value[:20]}: {answer.status_code}")
    assert failed == []
    assert asked > 600


async def test_a_page_never_repeats_markup_of_its_address(client: httpx.AsyncClient) -> None:
    evil = "%3Cscript%3Ealert(1)%3C/script%3E%22onload=alert(1)"
    for path in (
        "/en/products",
        "/en/exporters",
        "/en/sign-in",
        "/en/forgotten",
        "/en/nothing",
        "/en/compare",
    ):
        page = await client.get(f"{path}?q={evil}&next={evil}&said={evil}&p={evil}&kind={evil}")
        assert "<script>alert" not in page.text
        assert '"onload=' not in page.text


async def test_what_is_asked_for_is_never_a_header(client: httpx.AsyncClient) -> None:
    """Line breaks in `next`, in a path and in a language stay inside the address that is answered."""
    for address in (
        "/en/sign-in?next=/en/products%0d%0aSet-Cookie:%20a=b",
        "/en/desk%0d%0aSet-Cookie:%20a=b",
        "/?lang=en%0d%0aSet-Cookie:%20a=b",
        "/unsubscribe/x%0d%0aSet-Cookie:%20a=b",
    ):
        answer = await client.get(address)
        assert "a=b" not in answer.headers.get("set-cookie", "")
        assert "\r" not in answer.headers.get("location", "")
        assert "\n" not in answer.headers.get("location", "")
