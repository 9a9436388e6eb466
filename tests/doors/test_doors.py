"""Every door of the platform, tried by every kind of caller, against the table in expected.py."""

import httpx
import pytest
from doors.walking import PEOPLE, doors, knock, routes, verdict_of
from doors.world import World
from litestar import Litestar
from people import token_of
from piccolo.engine.postgres import PostgresTransaction


async def test_every_door_is_in_the_table_and_every_line_is_a_door(fresh_app: Litestar) -> None:
    known = {(method, door.template) for door in doors() for method in door.methods}
    assert known == routes(fresh_app)


async def test_every_caller_finds_every_door_as_the_table_says(
    world: World, browsers: dict[str, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is let in writes nothing: every transaction of the walk is rolled back at its end."""
    monkeypatch.setattr(PostgresTransaction, "commit", PostgresTransaction.rollback)
    tokens = {
        caller: await token_of(browser, "/en/about" if caller in PEOPLE else "/en/sign-in")
        for caller, browser in browsers.items()
    }
    wrong = []
    # The way out comes last: sessions that it ends stay ended.
    for door in sorted(doors(), key=lambda door: door.path == "/sign-out"):
        for method in door.methods:
            for caller, browser in browsers.items():
                answer = await knock(browser, method, door.address(world.names), tokens[caller])
                verdict = verdict_of(answer)
                if verdict != door.verdicts[caller]:
                    wrong.append(
                        f"{method} {door.path}: {caller} should get {door.verdicts[caller]}, "
                        f"got {verdict} ({answer.status_code} {answer.headers.get('location', '')})"
                    )
    assert wrong == []
