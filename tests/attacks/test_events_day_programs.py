"""Meeting days attacked by programs: days of others, drafts, plans that nobody was told, wishes at their limits."""

import day_world
import httpx
import pytest
from eventing import make_fair
from hostile import refused_all
from keying import a_key
from litestar import Litestar
from meeting_world import SECRETS
from people import count, make_importer, make_member, make_person
from storming import forget_limits

from kervan.db import execute, fetchval

pytestmark = pytest.mark.usefixtures("db")

PATH = "/api/v1/meeting-days"


@pytest.fixture
def program(fresh_app: Litestar) -> httpx.AsyncClient:
    """A client without cookies."""
    transport = httpx.ASGITransport(app=fresh_app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="https://kervan.test")


def _reads(day: str) -> list[str]:
    return [f"{PATH}/{day}{part}" for part in ("", "/times", "/wishes", "/participants", "/agenda")]


async def test_days_of_others_and_drafts_are_not_found(program: httpx.AsyncClient) -> None:
    fair = await make_fair()
    day, draft = await day_world.opened(fair), await day_world.made(fair)
    firm = await make_importer("Fremd GmbH", standing="VERIFIED")
    person = await make_person("Eve Fremd")
    await make_member(firm, person, "OWNER")
    stranger = await a_key(firm, person, "view", "buy")
    own = await a_key(fair.jonas.firm, fair.jonas.person, "view", "buy")
    for key, hidden in ((stranger, day), (stranger, draft), (own, draft)):
        for path in _reads(hidden):
            answer = await program.get(path, headers=key)
            assert answer.status_code == 404, path
            assert "Buyer day" not in answer.text
        for part, body in (("times", {"slots": [1], "languages": ["en"]}), ("wishes", {"wishes": []})):
            headers = {**key, "idempotency-key": f"{hidden}-{part}"}
            assert (
                await program.put(f"{PATH}/{hidden}/{part}", json=body, headers=headers)
            ).status_code == 404
        headers = {**key, "idempotency-key": f"{hidden}-out"}
        assert (await program.post(f"{PATH}/{hidden}/withdraw", headers=headers)).status_code == 404
    assert draft not in (await program.get(PATH, headers=own)).text
    for query in (
        "?state=DRAFT",
        "?state=x",
        "?page=0",
        "?per_page=1000000",
        "?page=",
        "?page=1e9",
        "?state=OPEN&state=DRAFT",
    ):
        answer = await program.get(f"{PATH}?{query}", headers=own)
        assert answer.status_code in (200, 422), query
        assert draft not in answer.text, query
    looker = await a_key(fair.jonas.firm, fair.jonas.person, "view")
    headers = {**looker, "idempotency-key": "look"}
    assert (await program.post(f"{PATH}/{day}/withdraw", headers=headers)).status_code == 403


async def test_a_plan_that_nobody_was_told_is_in_no_answer(program: httpx.AsyncClient) -> None:
    fair = await make_fair()
    await execute("UPDATE importer SET phone = $2 WHERE id = $1", fair.jonas.firm.entity, SECRETS[2])
    day = await day_world.wished(fair)
    await day_world.planned(fair, day)
    assert await fetchval("SELECT count(*) FROM meeting WHERE state = 'PLANNED'") > 0
    key = await a_key(fair.ayse.firm, fair.ayse.person, "view", "orders")
    agenda = (await program.get(f"{PATH}/{day}/agenda", headers=key)).json()["data"]
    assert agenda["meetings"] == []
    assert agenda.get("unmet", []) == []
    planned = await fetchval("SELECT string_agg(public_id, ' ') FROM meeting")
    for path in (*_reads(day), "/api/v1/meetings", *(f"/api/v1/meetings/{one}" for one in planned.split())):
        text = (await program.get(path, headers=key)).text
        for secret in (
            SECRETS[0],
            SECRETS[2],
            "Jonas Petersen",
            *(planned.split() if path.startswith(PATH) else ()),
        ):
            assert secret not in text, (path, secret)
    for one in planned.split():
        assert (await program.get(f"/api/v1/meetings/{one}", headers=key)).status_code == 404


async def test_wishes_and_times_at_their_limits_are_refused_in_sentences(program: httpx.AsyncClient) -> None:
    fair = await make_fair()
    day = await day_world.opened(fair)
    other_day = await day_world.opened(fair)
    key = await a_key(fair.jonas.firm, fair.jonas.person, "view", "buy")
    theirs, own = await day_world.key(fair.ayse, day), await day_world.key(fair.jonas, day)
    foreign = await day_world.key(fair.ayse, other_day)
    colleague = await day_world.key(fair.zoe, day)
    tries: tuple[tuple[str, object], ...] = (
        ("wishes", {"wishes": [theirs] * 10_000}), ("wishes", {"wishes": [theirs] * 20}), ("wishes", {"wishes": [own]}),
        ("wishes", {"wishes": [colleague]}), ("wishes", {"wishes": [foreign]}), ("wishes", {"wishes": ["a\x00b"]}),
        ("wishes", {"wishes": ["x" * 100_000]}), ("wishes", {"wishes": None}),
        ("wishes", {"wishes": [], "version": 99}),
        ("times", {"slots": [0], "languages": ["en"]}), ("times", {"slots": [7], "languages": ["en"]}),
        ("times", {"slots": [2**70], "languages": ["en"]}),
        ("times", {"slots": [1], "languages": ["xx"]}),
        ("times", {"slots": [1], "languages": []}), ("times", {"slots": [], "languages": ["en"]}),
        ("times", {"slots": [1], "languages": ["en"], "most_meetings": 0}),
        ("times", {"slots": [1], "languages": ["en"], "most_meetings": 10**12}),
    )  # fmt: skip
    for number, (part, body) in enumerate(tries):
        await forget_limits()
        headers = {**key, "idempotency-key": f"t-{number}"}
        answer = await program.put(f"{PATH}/{day}/{part}", json=body, headers=headers)
        told = str(body)[:60]
        assert answer.status_code in (400, 409, 422), (told, answer.status_code)
        assert answer.json()["detail"], told
    assert await count("meeting_wish") == 0
    good = {"slots": [1, 2], "languages": ["en", "tr"], "most_meetings": 5}
    await refused_all(program, "PUT", f"{PATH}/{day}/times", good, key)
    await refused_all(program, "PUT", f"{PATH}/{day}/wishes", {"wishes": [theirs]}, key)
    slots = await fetchval("SELECT slots FROM day_participant WHERE public_id = $1", own)
    assert len(slots) == len(set(slots)) <= 6
