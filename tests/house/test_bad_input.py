"""Bad input over the wire, on every address that takes any: a sentence in the reader's language, never a failure."""

import re
import socket
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest
from serving import Demo

RESULTS = ("/en/products", "/tr/products", "/en/exporters", "/tr/exporters")
SEARCHES = (
    *RESULTS,
    "/api/v1/products",
    "/api/v1/exporters",
    "/api/v1/suggest",
    "/api/v1/nomenclature/search",
)
# Paths whose last part is an id, a slug or a code.
NAMED = (
    "/en/products/",
    "/tr/exporters/",
    "/en/browse/",
    "/tr/browse/section-",
    "/api/v1/products/",
    "/api/v1/exporters/",
    "/api/v1/nomenclature/",
    "/sitemaps/",
    "/static/",
    "/",
    "/en/",
)

# What may be typed or put into an address, percent-encoded; the answer may be empty, never a failure.
ODD = {
    "nul": "%00towel%00",
    "controls": "%01%08%0B%1B%7F",
    "line ends": "towel%0D%0ASet-Cookie:%20x=1",
    "bidi marks": "%E2%80%AEtowel%E2%81%A6",
    "lone surrogate": "%ED%A0%80",
    "no utf-8": "%FF%FE",
    "cut utf-8": "towel%C4",
    "percent": "100%",
    "open quote": "%22cotton%20towel",
    "quotes only": "%22%22%22",
    "dashes": "---%20-%20-towel",
    "operators": "AND%20OR%20NOT%20(%20%5B%20%7B%20%2A%20~%20%5E%20%3A%20%2F%20%5C",
    "sql": "%27%3B%20DROP%20TABLE%20product%3B--",
    "html": "%3Cscript%3Ealert(1)%3C/script%3E",
    "template": "%7B%7B7*7%7D%7D%7B%25%20x%20%25%7D",
    "emoji": "%F0%9F%91%A9%E2%80%8D%F0%9F%91%A9",
    "combining": "a" + "%CC%81" * 60,
    "arabic": "%D9%85%D9%86%D8%B4%D9%81%D8%A9",
    "dots": "..%2F..%2Fetc%2Fpasswd",
    "nothing": "",
}

LONG = "q=" + "a" * 201
MANY = "&".join(f"sector=s{n}" for n in range(100))

# Query, the parameter that is refused, and its sentence in both languages.
REFUSED = [
    (LONG, "q", "200"),
    ("page=0", "page", "1 "),
    ("page=abc", "page", "1 "),
    ("page=-1", "page", "1 "),
    ("page=10000000000", "page", "1 "),
    ("page=%D9%A1", "page", "1 "),
    ("sort=loud", "sort", "loud"),
    (MANY, "sector", "20"),
    ("sector=" + "s" * 121, "sector", "sss"),
    ("sector=%00", "sector", ""),
]
REFUSED_PRODUCTS = [
    ("section=22", "section", "22"),
    ("chapter=6302", "chapter", "6302"),
    ("chapter=ab", "chapter", "ab"),
    ("heading=63x", "heading", "63x"),
    ("heading=6302600000111", "heading", "6302"),
    ("price=cheap", "price", "cheap"),
    ("price_from=abc", "price_from", "12"),
    ("price_to=1e9", "price_to", "12"),
    ("price_from=NaN", "price_from", "12"),
    ("price_from=9&price_to=1", "price_to", ""),
    ("price_from=99999999999999", "price_from", ""),
    ("moq=many", "moq", "many"),
    ("lead=soon", "lead", "soon"),
    ("micro=maybe", "micro", "maybe"),
]


@pytest.fixture(scope="module")
def client(demo: Demo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=demo.address, timeout=30) as found:
        yield found


@pytest.fixture(autouse=True)
def _nothing_failed(demo: Demo) -> Iterator[None]:
    """The server's log holds no stack trace that it did not hold before."""
    before = demo.log.read_text(errors="replace").count("Traceback")
    yield
    after = demo.log.read_text(errors="replace").count("Traceback")
    assert after == before, demo.log.read_text(errors="replace")[-3000:]


def _raw(demo: Demo, target: bytes, *, headers: bytes = b"") -> tuple[int, str]:
    """Status and body for a request line that no well-behaved client would send."""
    where = urlsplit(demo.address)
    with socket.create_connection((where.hostname, where.port), timeout=20) as wire:
        wire.sendall(
            b"GET " + target + b" HTTP/1.1\r\nHost: kervan\r\n" + headers + b"Connection: close\r\n\r\n"
        )
        answer = b""
        while part := wire.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode("utf-8", "replace")


def _said(text: str) -> str:
    """The words of a page's main part, without its markup."""
    main = re.search(r"<main.*</main>", text, re.DOTALL)
    assert main, text[:500]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main[0])).split())


def _runs(body: str) -> bool:
    """Whether what was typed has become markup; JSON is never shown as markup."""
    return not body.startswith("{") and "<script>alert" in body


def _unbroken(answer: httpx.Response) -> None:
    assert answer.status_code in (200, 301, 404, 422), answer.url
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_words_are_searched_for_or_found_nowhere(demo: Demo, client: httpx.Client, odd: str) -> None:
    for path in SEARCHES:
        status, body = _raw(demo, f"{path}?q={odd}".encode())
        assert status == 200, (path, body[:500])
        assert not _runs(body)


@pytest.mark.parametrize("odd", [odd for odd in ODD.values() if odd])
def test_odd_names_in_addresses_are_not_found(demo: Demo, odd: str) -> None:
    for path in NAMED:
        status, body = _raw(demo, (path + odd).encode())
        assert status in (400, 404, 422), (path, status, body[:300])
        assert "Traceback" not in body
        assert not _runs(body)


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_values_of_filters_are_refused_or_find_nothing(demo: Demo, odd: str) -> None:
    for path in (*RESULTS, "/api/v1/products", "/api/v1/exporters"):
        for name in (
            "sector",
            "province",
            "certificate",
            "sort",
            "page",
            "price_from",
            "heading",
            "lang",
            odd or "x",
        ):
            status, body = _raw(demo, f"{path}?{name}={odd}".encode())
            assert status in (200, 422), (path, name, body[:300])
            assert not _runs(body)


@pytest.mark.parametrize(("query", "field", "said"), REFUSED + REFUSED_PRODUCTS)
def test_the_api_names_the_field_and_says_what_is_wrong(
    client: httpx.Client, query: str, field: str, said: str
) -> None:
    kinds = ("products", "exporters") if (query, field, said) in REFUSED else ("products",)
    for kind in kinds:
        sentences = []
        for language in ("en", "tr"):
            answer = client.get(f"/api/v1/{kind}?{query}&lang={language}")
            assert answer.status_code == 422
            assert answer.headers["content-type"] == "application/problem+json"
            wrong = {entry["field"]: entry["detail"] for entry in answer.json()["errors"]}
            assert wrong.keys() == {field}
            assert said.strip() in wrong[field]
            assert wrong[field].endswith(".")
            sentences.append(wrong[field])
        assert sentences[0] != sentences[1], "not translated"


@pytest.mark.parametrize(("query", "field", "said"), REFUSED + REFUSED_PRODUCTS)
def test_a_page_says_the_same_and_still_shows_results(
    client: httpx.Client, query: str, field: str, said: str
) -> None:
    for language in ("en", "tr"):
        problem = client.get(f"/api/v1/products?{query}&lang={language}").json()
        answer = client.get(f"/{language}/products?{query}")
        assert answer.status_code == 422
        assert problem["errors"][0]["detail"] in _said(answer.text)
        assert "result-title" in answer.text


@pytest.mark.parametrize("field", ["price_from", "price_to"])
def test_a_refused_field_keeps_what_was_typed_with_its_sentence_beside_it(
    client: httpx.Client, field: str
) -> None:
    text = client.get("/en/products", params={field: '12"<abc'}).text
    tag = re.search(rf'<input[^>]*name="{field}"[^>]*>', text)
    assert tag
    assert 'value="12&#34;&lt;abc"' in tag[0]
    assert 'aria-invalid="true"' in tag[0]
    described = re.search(r'aria-describedby="([^"]+)"', tag[0])
    assert described
    assert re.search(rf'id="{described[1]}">[^<]+\.<', text)


def test_too_long_a_search_is_kept_in_its_field(client: httpx.Client) -> None:
    text = client.get(f"/en/products?{LONG}").text
    tag = re.search(r'<input[^>]*name="q"[^>]*>', text)
    assert tag
    assert "a" * 200 in tag[0]


@pytest.mark.parametrize(
    "quantity", ["0", "-1", "abc", "1e3", "%00", "9" * 30, "1.5", "%3Cb%3E", "%ED%A0%80"]
)
def test_a_quantity_that_cannot_be_is_refused_on_the_page(client: httpx.Client, quantity: str) -> None:
    sentences = set()
    for language in ("en", "tr"):
        card = client.get(f"/api/v1/products?q=towel&lang={language}").json()["data"][0]
        answer = client.get(f"/{language}/products/{card['slug']}-{card['id']}?quantity={quantity}")
        assert answer.status_code == 422
        said = re.search(r'id="quantity-problem"[^>]*>([^<]+)<', answer.text)
        assert said, "the sentence stands beside the field"
        assert said[1].strip().endswith(".")
        sentences.add(said[1])
    assert len(sentences) == 2, "not translated"


@pytest.mark.parametrize("page", ["50", "51", "1000000000"])
def test_pages_past_the_last_say_so(client: httpx.Client, page: str) -> None:
    for path in RESULTS:
        answer = client.get(f"{path}?page={page}")
        assert answer.status_code == 200
        assert len(_said(answer.text)) > 20
        assert 'class="result"' not in answer.text
        assert re.search(r'class="(note|offer|card empty)', answer.text), "a sentence says what is wrong"


@pytest.mark.parametrize(
    "code", ["6109.10", "61091", "610910001100x", "abc", "6109100000110", "-6109", "６１"]
)
def test_a_malformed_code_is_refused_by_the_api_and_not_found_as_a_page(
    client: httpx.Client, code: str
) -> None:
    for language in ("en", "tr"):
        page = client.get(f"/{language}/browse/{code}", follow_redirects=True)
        answer = client.get(f"/api/v1/nomenclature/{code}?lang={language}")
        _unbroken(page)
        _unbroken(answer)
        if answer.status_code == 200:
            assert page.status_code == 200
        else:
            assert page.status_code == 404
            assert answer.json()["detail"].endswith(".")


def test_unknown_parameters_are_ignored_by_pages_and_refused_by_the_api(client: httpx.Client) -> None:
    for path in RESULTS:
        assert client.get(f"{path}?utm_source=letter&colour=red").status_code == 200
    refused = client.get("/api/v1/products?colour=red")
    assert refused.status_code == 422
    assert [entry["field"] for entry in refused.json()["errors"]] == ["colour"]


def test_a_hundred_equal_parameters_count_as_one_and_too_many_are_refused(client: httpx.Client) -> None:
    assert client.get("/en/products?" + "&".join(["q=towel"] * 100)).status_code == 200
    assert client.get("/en/products?" + "&".join(["province=20"] * 100)).status_code == 200
    for language in ("en", "tr"):
        answer = client.get(f"/{language}/products?" + "&".join(f"p{n}=1" for n in range(300)))
        assert answer.status_code == 422
        assert f'<html lang="{language}"' in answer.text


@pytest.mark.parametrize("path", SEARCHES)
def test_an_address_of_8_kilobytes_is_answered(client: httpx.Client, path: str) -> None:
    answer = client.get(f"{path}?q={'towel+' * 1400}")
    assert answer.status_code == 422
    assert "200" in answer.text
    assert client.get(f"/en/{'a' * 8000}").status_code == 404


def test_html_that_was_typed_is_shown_as_text(client: httpx.Client) -> None:
    typed = "<b onmouseover='x'>towel</b>\"{{7*7}}"
    for path in RESULTS:
        text = client.get(path, params={"q": typed}).text
        assert "<b onmouseover" not in text
        assert "{{7*7}}" in unescape(text)
    for name in ("sort", "sector", "heading", "price_from"):
        assert "<b onmouseover" not in client.get("/en/products", params={name: typed}).text
    assert "<b onmouseover" not in client.get(f"/en/{typed}").text


@pytest.mark.parametrize(
    "header", [b"Accept-Language: \xff\xfe;q=x, ,tr;;q=9\r\n", b"X-Request-Id: a\x01b<script>\r\n"]
)
def test_odd_headers_change_nothing(demo: Demo, header: bytes) -> None:
    status, body = _raw(demo, b"/en/products?q=towel", headers=header)
    assert status in (200, 400)
    assert "<script>" not in body


@pytest.mark.parametrize(
    "target", [b"/en/products?q=\xff\xfe", b"/\xff", b"/en//products", b"//evil.test/en", b"/en/%"]
)
def test_raw_bytes_in_the_request_line_are_no_failure(demo: Demo, target: bytes) -> None:
    status, body = _raw(demo, target)
    assert status in (200, 301, 302, 400, 404)
    assert "Traceback" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_a_wrong_method_is_405(client: httpx.Client, method: str) -> None:
    for path in (
        *SEARCHES,
        "/en",
        "/tr/help",
        "/en/browse/63",
        "/sitemap.xml",
        "/health/live",
        "/schema/openapi.json",
    ):
        answer = client.request(method, path)
        assert answer.status_code == 405, path
        assert "GET" in answer.headers["allow"]


def test_a_huge_body_is_not_read_to_its_end(demo: Demo, client: httpx.Client) -> None:
    """50 MB to addresses that take no body at all; the next request is answered as always."""
    for path in ("/en/products", "/api/v1/products", "/no/such/address"):
        try:
            answer = client.post(path, content=(b"x" * 1_000_000 for _ in range(50)))
        except httpx.WriteError:
            continue  # the server hung up in the middle, which is as good
        assert answer.status_code in (404, 405, 413), path
    assert client.get("/en/products?q=towel").status_code == 200
