"""The page on which an outcome is told by a link: who opens it reads nothing of what was said before."""

import re

import httpx
from asking import World
from meeting_world import agreed, past

from kervan.meetings import outcomes, rounds


async def test_the_link_of_an_outcome_shows_nothing_of_what_was_said(
    client: httpx.AsyncClient, world: World
) -> None:
    meeting = await agreed(world)
    await past(meeting)
    await rounds.hold_due()
    address = f"/en/meeting-outcome/{outcomes.token(meeting, 'EXPORTER')}"
    assert (
        await client.post(address, data={"result": "TALKING", "note": "Ask for blue ones"})
    ).status_code == 200
    page = (await client.get(address)).text
    assert "blue ones" not in page
    assert re.search(r'id="head-search"[^>]*\svalue=""', page)


async def test_a_link_without_a_language_tells_nobody_its_address(client: httpx.AsyncClient) -> None:
    for path in ("/outcome", "/meeting-outcome", "/survey", "/tickets", "/attended"):
        answer = await client.get(f"{path}/abc.def", headers={"Accept-Language": "tr"})
        assert (answer.status_code, answer.headers["location"]) == (302, f"/tr{path}/abc.def")
        assert answer.headers["referrer-policy"] == "no-referrer"
