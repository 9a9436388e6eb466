"""Every refusal is a page in the reader's language or problem+json, and never a trace."""

from typing import Any

import asyncpg
import httpx
import pytest
from litestar import Litestar, Request, get, post
from litestar.params import FromPath, FromQuery

from kervan import errors
from kervan.errors import Conflict, Forbidden, Invalid, KervanError, NotFound, TooMany, Unavailable
from kervan.trade.errors import TradeError
from kervan.web.compression import Compress
from kervan.web.errors import SENTENCES, handle
from kervan.web.middleware import Observe, Secure
from kervan_search.engine import BadQuery, EngineDown

FAILURES: dict[str, tuple[Exception, int]] = {
    "not-found": (NotFound("There is no {what}.", what="towel"), 404),
    "forbidden": (Forbidden(), 403),
    "conflict": (Conflict(), 409),
    "invalid": (Invalid(fields={"page": KervanError("From {low} on.", low=1), "q": "Too long."}), 422),
    "trade": (TradeError("{code} is no code.", code="xx"), 422),
    "bad-query": (BadQuery("internal words"), 422),
    "too-many": (TooMany(retry_after=7), 429),
    "unavailable": (Unavailable(), 503),
    "engine": (EngineDown("secret host"), 503),
    "database": (asyncpg.CannotConnectNowError("secret host"), 503),
    "refused": (ConnectionRefusedError("secret host"), 503),
    "bug": (ZeroDivisionError("secret value"), 500),
}


@pytest.fixture
async def failing(bare_app: Litestar) -> Any:
    """The real handler and wrapping round routes that fail in every way."""

    @get(["/en/fail/{name:str}", "/tr/fail/{name:str}", "/api/fail/{name:str}"])
    async def fail(name: FromPath[str]) -> None:
        raise FAILURES[name][0]

    @get("/api/typed")
    async def typed(count: FromQuery[int]) -> int:
        return count

    @post("/api/upload")
    async def upload(request: Request[Any, Any, Any]) -> int:
        return len(await request.body())

    app = Litestar(
        [fail, typed, upload],
        exception_handlers={Exception: handle},
        logging_config=None,
        openapi_config=None,
        request_max_body_size=1000,
        state=bare_app.state,
    )
    app.asgi_handler = Observe()(Secure(bare_app.state.settings)(Compress()(app.asgi_handler)))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kervan.test") as client:
        yield client


@pytest.mark.parametrize("name", FAILURES)
async def test_the_api_answers_with_a_problem(failing: httpx.AsyncClient, name: str) -> None:
    answer = await failing.get(f"/api/fail/{name}")
    problem = answer.json()
    assert answer.status_code == FAILURES[name][1]
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance", "request_id"} <= problem.keys()
    assert problem["status"] == answer.status_code
    assert problem["instance"] == f"/api/fail/{name}"
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "internal words" not in answer.text


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("language", ["en", "tr"])
async def test_readers_get_a_page_in_their_language(
    failing: httpx.AsyncClient, name: str, language: str
) -> None:
    answer = await failing.get(f"/{language}/fail/{name}")
    assert answer.status_code == FAILURES[name][1]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f'lang="{language}"' in answer.text
    assert "<h1" in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


async def test_each_wrong_field_has_its_sentence(failing: httpx.AsyncClient) -> None:
    problem = (await failing.get("/api/fail/invalid")).json()
    assert problem["errors"] == [
        {"field": "page", "detail": "From 1 on."},
        {"field": "q", "detail": "Too long."},
    ]


async def test_a_page_is_a_problem_for_a_program_that_asks_for_json(failing: httpx.AsyncClient) -> None:
    answer = await failing.get("/en/fail/conflict", headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"


async def test_whoever_comes_too_often_hears_when_to_come_again(failing: httpx.AsyncClient) -> None:
    assert (await failing.get("/api/fail/too-many")).headers["retry-after"] == "7"
    assert (await failing.get("/api/fail/engine")).headers["retry-after"] == "30"


async def test_a_parameter_of_the_wrong_type_is_named(failing: httpx.AsyncClient) -> None:
    answer = await failing.get("/api/typed?count=abc")
    assert answer.status_code == 400
    assert [entry["field"] for entry in answer.json()["errors"]] == ["count"]


async def test_a_body_above_the_limit_is_413(failing: httpx.AsyncClient) -> None:
    answer = await failing.post("/api/upload", content=b"x" * 1001)
    assert answer.status_code == 413
    assert answer.json()["detail"] == SENTENCES[413][1]


async def test_a_broken_error_page_still_leaves_a_plain_one(
    failing: httpx.AsyncClient, bare_app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret: templates are broken")

    for environment in bare_app.state.templates.environments.values():
        monkeypatch.setattr(environment, "get_template", broken)
    answer = await failing.get("/tr/fail/not-found")
    assert answer.status_code == 404
    assert '<html lang="tr" dir="ltr">' in answer.text
    assert "There is no towel." in answer.text
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/en/nothing/at/all",
        "/tr/%ff%fe",
        "/en/%00",
        "/%",
        "/%zz",
        "/en/..%2f..%2fetc",
        "/" + "a" * 5000,
    ],
)
async def test_an_unknown_address_is_404_however_it_is_written(bare: httpx.AsyncClient, path: str) -> None:
    answer = await bare.get(path)
    assert answer.status_code == 404
    assert "<h1" in answer.text


@pytest.mark.parametrize("path", ["/en/products", "/api/v1/products", "/sitemap.xml", "/health/live"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_wrong_method_says_which_are_right(bare: httpx.AsyncClient, path: str, method: str) -> None:
    answer = await bare.request(method, path)
    assert answer.status_code == 405
    assert {"GET", "HEAD"} <= {part.strip() for part in answer.headers["allow"].split(",")}


def test_every_title_of_the_house_is_marked_for_translation() -> None:
    titles = {
        kind.title
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, KervanError) and kind.status_code != 500
    }
    assert titles <= {title for title, _ in SENTENCES.values()}
