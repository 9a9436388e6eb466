"""Queries of the desks attacked: whatever stands behind the question mark of a page of events, it is answered."""

import httpx
import pytest
from people import sign_in
from storming import Storm, make_storm

pytestmark = pytest.mark.usefixtures("db")

NAMES = (
    "page", "per_page", "q", "tab", "kind", "state", "side", "sort", "edit", "missing", "lang", "event", "org", "firm",
    "organiser", "with", "inquiry", "said", "next", "coming", "show", "month", "person", "action", "version",
)  # fmt: skip
VALUES = (
    "1000000000000000000000", "-1", "0", "%00", "a%00b", "%ED%A0%80", "%FF", "x" * 3000, "%E2%80%AE", "1e5", "²", "٣",
    "NaN", "..%2f..%2f", "%0d%0aSet-Cookie:x=1", "%3Cscript%3Ealert(1)%3C/script%3E", "%27%20OR%201=1--", "",
    "%25", "%5C",
)  # fmt: skip


def _pages(storm: Storm) -> dict[str, list[str]]:
    event, day, told = (
        f"/staff/events/{storm.event.public_id}",
        f"/staff/meeting-days/{storm.day}",
        "/staff/announcements",
    )
    desk = f"/desk/{storm.fair.jonas.org}"
    return {
        "union": [
            "/staff/events", "/staff/events.csv", "/staff/events/new", "/staff/events/import", event, f"{event}/edit",
            f"{event}/programme", f"{event}/questions", f"{event}/files", f"{event}/registrations",
            f"{event}/registrations.csv", f"{event}/door", f"{event}/guests", told, f"{told}/new",
            f"{told}/{storm.announcement}", f"{told}/{storm.announcement}/audience",
            f"{told}/{storm.announcement}/audience/count.json", f"{told}/{storm.announcement}/preview",
            "/staff/meeting-days", "/staff/meeting-days/new", day, f"{day}/agenda", f"{day}/reasons",
        ],
        "jonas": [
            f"{desk}/events", f"{desk}/events/{storm.registration}", f"{desk}/meetings", f"{desk}/meetings/new",
            f"{desk}/meetings/{storm.meeting}", f"{desk}/meeting-days/{storm.day}", "/meetings/ask", "/account/events",
            f"/events/x-{storm.event.public_id}/register",
        ],
        "": [f"/tickets/{storm.ticket}", f"/events/x-{storm.event.public_id}/guest", "/survey/x", "/attended/x"],
    }  # fmt: skip


@pytest.mark.parametrize("who", ["union", "jonas", ""])
async def test_no_query_of_a_page_makes_a_failure(client: httpx.AsyncClient, who: str) -> None:
    storm = await make_storm()
    if who:
        await sign_in(client, getattr(storm.fair, who).person)
    wrong = []
    for place, path in enumerate(_pages(storm)[who]):
        for number, name in enumerate(NAMES):
            value = VALUES[(place * 7 + number * 3) % len(VALUES)]
            answer = await client.get(f"/en{path}?{name}={value}")
            if answer.status_code >= 500 or "x=1" in answer.headers.get("set-cookie", ""):
                wrong.append(f"{path}?{name}={value[:20]}: {answer.status_code}")
            if "<script>alert(1)" in answer.text:
                wrong.append(f"{path}?{name}={value[:20]} runs")
        every = "&".join(
            f"{name}={VALUES[(place + number) % len(VALUES)]}" for number, name in enumerate(NAMES)
        )
        if (await client.get(f"/en{path}?{every}")).status_code >= 500:
            wrong.append(f"{path}?{every[:60]}")
        if (await client.get(f"/en{path}?" + "q=1&" * 5000)).status_code not in (
            200,
            302,
            303,
            400,
            404,
            414,
            422,
        ):
            wrong.append(f"{path}: many")
    assert wrong == [], "\n".join(wrong)
