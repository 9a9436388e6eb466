"""Log lines: structured, with the request id, on standard error."""

import asyncio
import logging
from collections.abc import Iterator

import httpx
import msgspec
import pytest
import structlog
from litestar import Litestar

from kervan.settings import load
from kervan.vault import new_token
from kervan.web import logging as house
from kervan.web.logging import MAILED_TOKEN, without_tokens


@pytest.fixture
def as_json() -> Iterator[None]:
    house.flush()  # what an earlier test's loop did not live to write
    house.setup(msgspec.structs.replace(load(), log_json=True))
    yield
    house.setup(load())


@pytest.mark.usefixtures("as_json")
async def test_a_request_leaves_one_line_with_its_id(
    bare: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = await bare.get("/no/such/page?q=private")
    house.flush()
    lines = [msgspec.json.decode(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["method"], line["path"], line["status"]) for line in lines] == [
        ("request", "GET", "/no/such/page", 404)
    ]
    assert lines[0]["request_id"] == answer.headers["x-request-id"]
    assert "private" not in str(lines)


@pytest.mark.usefixtures("as_json")
async def test_lines_of_no_hurry_are_written_together_within_a_moment(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for number in range(3):
        structlog.get_logger().info("counted", number=number)
    assert capsys.readouterr().err == ""
    await asyncio.sleep(0.4)
    assert capsys.readouterr().err.count("counted") == 3


@pytest.mark.usefixtures("as_json")
async def test_a_warning_goes_out_at_once_and_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().info("first")
    logging.getLogger("library").warning("second %s", "warning")
    events = [msgspec.json.decode(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert events == ["first", "second warning"]


@pytest.mark.usefixtures("as_json")
def test_a_failure_is_logged_with_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ZeroDivisionError("why")
    except ZeroDivisionError as error:
        structlog.get_logger().error("failed", exc_info=error)
    line = msgspec.json.decode(capsys.readouterr().err)
    assert line["level"] == "error"
    assert "ZeroDivisionError: why" in line["exception"]


async def test_without_a_loop_nothing_waits(capsys: pytest.CaptureFixture[str]) -> None:
    await asyncio.to_thread(structlog.get_logger().info, "from a thread")
    assert "from a thread" in capsys.readouterr().err


def test_no_link_that_opens_something_stands_in_a_log() -> None:
    token = new_token()
    assert without_tokens(f"/en/invite/{token}") == "/en/invite/…"
    assert without_tokens(f"/unsubscribe/k2m3n4p5q6r7.events.{token}") == "/unsubscribe/k2m3n4p5q6r7.events.…"
    long = "/en/products/combed-cotton-terry-towel-with-a-woven-border-k2m3n4p5q6r7"
    assert without_tokens(long) == long


async def test_every_address_with_a_token_is_one_that_logs_hide(bare_app: Litestar) -> None:
    paths = [route.path for route in bare_app.routes]
    with_token = [path for path in paths if "{token:" in path]
    assert len(with_token) > 20
    assert [path for path in with_token if not MAILED_TOKEN.search(path)] == []
