"""Meeting days by programs: times, wishes, agenda; the same rules as the pages, keys that may act or only look."""

from typing import Any

import httpx
import msgspec
import pytest
from asking import Side
from day_world import content, key, meetings, opened, planned, published, shown, state, wish, wished
from eventing import Fair
from keying import a_key
from meeting_world import looker
from people import audited, sign_in

from kervan.db import execute, fetch, fetchval
from kervan.meetings import days, planning
from kervan.trade.languages import LANGUAGES

PATH = "/api/v1/meeting-days"
RIGHTS = {"EXPORTER": ("view", "orders"), "IMPORTER": ("view", "buy")}
NOTHING = "h4k7m2p9q3rs"


async def program(firm: Side) -> dict[str, str]:
    """Headers of a key of the firm that may do all that its people may."""
    return await a_key(firm.firm, firm.person, *RIGHTS[firm.membership.kind])


async def send(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    keys: dict[str, str],
    body: Any = None,
    once: str = "k-1",
) -> httpx.Response:
    return await client.request(
        method, f"{PATH}/{path}", json=body, headers={**keys, "Idempotency-Key": once}
    )


async def data(client: httpx.AsyncClient, path: str, keys: dict[str, str]) -> Any:
    answer = await client.get(f"{PATH}/{path}", headers=keys)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_a_whole_day_by_programs(client: httpx.AsyncClient, fair: Fair) -> None:
    day = await opened(fair)
    seller, buyer = await program(fair.ayse), await program(fair.jonas)
    listed = (await client.get(PATH, headers=seller)).json()
    assert (listed["total"], listed["data"][0]["id"], listed["data"][0]["own_state"]) == (1, day, "INVITED")
    whole = await data(client, day, seller)
    assert (whole["takes_wishes"], whole["state"], whole["side"]) == (True, "OPEN", "EXPORTER")
    assert [slot["number"] for slot in whole["slots"]] == [1, 2, 3, 4, 5, 6]
    assert whole["breaks"] == [
        {"starts_at": whole["slots"][2]["ends_at"], "ends_at": whole["slots"][3]["starts_at"]}
    ]
    assert (await data(client, f"{day}/times", seller))["slots"] == []
    said = {"slots": [2, 1], "languages": ["en", "tr"], "most_meetings": 3, "version": 1}
    done = await send(client, "PUT", f"{day}/times", seller, said)
    assert done.json() == {"id": day, "own_state": "READY", "version": 2}
    assert await data(client, f"{day}/times", seller) == {
        "own_state": "READY", "slots": [1, 2], "languages": ["en", "tr"], "most_meetings": 3, "version": 2,
    }  # fmt: skip
    every = {"slots": [1, 2, 3], "languages": ["en"]}
    assert (await send(client, "PUT", f"{day}/times", buyer, every)).status_code == 200
    firms = (await client.get(f"{PATH}/{day}/participants", headers=seller)).json()
    assert {one["name"] for one in firms["data"]} == {fair.jonas.membership.name, fair.zoe.membership.name}
    assert firms["suggestions"][0]["id"] == await key(fair.jonas, day)
    assert firms["suggestions"][0]["reasons"]
    wanted = {"wishes": [await key(fair.jonas, day), await key(fair.zoe, day)], "version": 2}
    assert (await send(client, "PUT", f"{day}/wishes", seller, wanted, "k-2")).json()["version"] == 3
    kept = await data(client, f"{day}/wishes", seller)
    assert ([one["id"] for one in kept["wishes"]], kept["version"]) == (wanted["wishes"], 3)
    left = (await client.get(f"{PATH}/{day}/participants", headers=seller)).json()
    assert left == {"data": [], "suggestions": []}
    assert (await data(client, f"{day}/agenda", seller)) == {
        "published_at": None,
        "meetings": [],
        "unmet": [],
    }
    await planned(fair, day)
    assert (await data(client, f"{day}/agenda", seller))["meetings"] == []
    await planning.publish(fair.union.caller, day)
    agenda = await data(client, f"{day}/agenda", seller)
    assert [(one["other"], one["state"]) for one in agenda["meetings"]] == [
        (fair.jonas.membership.name, "CONFIRMED")
    ]
    assert [(one["firm"]["id"], one["rank"], one["code"]) for one in agenda["unmet"]] == [
        (await key(fair.zoe, day), 2, "PARTNER_NO_TIME")
    ]
    assert fair.zoe.membership.name in agenda["unmet"][0]["reason"]
    mine = await client.get(f"/api/v1/meetings/{agenda['meetings'][0]['id']}", headers=buyer)
    assert mine.json()["data"]["contact"]["name"] == "Ayşe Yılmaz"
    assert (await data(client, f"{day}/agenda", buyer))["unmet"] == []
    assert (await client.get(f"{PATH}?state=OPEN", headers=seller)).json()["total"] == 0
    assert (await client.get(f"{PATH}?state=PUBLISHED", headers=seller)).json()["total"] == 1


async def test_days_to_which_the_firm_was_not_asked_are_not_found(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    draft = await days.create(fair.union.caller, fair.union.org, content())
    await days.invite(fair.union.caller, draft, fair.ayse.org)
    other = await days.create(fair.union.caller, fair.union.org, content(name="Of others"))
    await days.invite(fair.union.caller, other, fair.can.org)
    await days.open_for_wishes(fair.union.caller, other)
    keys = await program(fair.ayse)
    assert (await client.get(PATH, headers=keys)).json()["total"] == 0
    for day in (draft, other, NOTHING):
        for path in ("", "/times", "/wishes", "/participants", "/agenda"):
            assert (await client.get(f"{PATH}/{day}{path}", headers=keys)).status_code == 404
        assert (
            await send(client, "PUT", f"{day}/times", keys, {"slots": [1], "languages": ["en"]})
        ).status_code == 404
        assert (await send(client, "PUT", f"{day}/wishes", keys, {"wishes": []})).status_code == 404
        assert (await send(client, "POST", f"{day}/withdraw", keys)).status_code == 404


async def test_keys_that_only_look_may_not_act(client: httpx.AsyncClient, fair: Fair) -> None:
    day = await opened(fair)
    for person in (fair.ayse.person, await looker(fair.ayse)):
        keys = await a_key(fair.ayse.firm, person, "view")
        assert (await data(client, day, keys))["own_state"] == "INVITED"
        for method, path, body in (
            ("PUT", "times", {"slots": [1], "languages": ["en"]}),
            ("PUT", "wishes", {"wishes": []}),
            ("POST", "withdraw", None),
        ):
            assert (await send(client, method, f"{day}/{path}", keys, body)).status_code == 403
    union = await a_key(fair.union.firm, fair.union.person, "view")
    assert (await client.get(f"{PATH}/{day}", headers=union)).status_code == 403
    assert (await client.get(PATH)).status_code == 401
    assert await fetchval("SELECT max(version) FROM day_participant") == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slots": []}, "slots"), ({"slots": [7]}, "slots"), ({"slots": [-1]}, "slots"),
        ({"languages": []}, "languages"), ({"languages": ["xx"]}, "languages"), ({"most_meetings": 0}, "most_meetings"),
        ({"most_meetings": 10**12}, "most_meetings"),
    ],
)  # fmt: skip
async def test_times_that_cannot_be_are_refused_by_field(
    client: httpx.AsyncClient, fair: Fair, changes: dict[str, Any], field: str
) -> None:
    day = await opened(fair)
    body = {"slots": [1], "languages": ["en"], **changes}
    answer = await send(client, "PUT", f"{day}/times", await program(fair.ayse), body)
    assert answer.status_code == 422
    assert [wrong["field"] for wrong in answer.json()["errors"]] == [field]
    assert await fetchval("SELECT count(*) FROM day_participant WHERE state = 'READY'") == 0


async def test_a_firm_has_at_most_twenty_languages(client: httpx.AsyncClient, fair: Fair) -> None:
    day, keys = await opened(fair), await program(fair.ayse)
    many = sorted(LANGUAGES)[:21]
    over = await send(client, "PUT", f"{day}/times", keys, {"slots": [1], "languages": many})
    assert (over.status_code, over.json()["errors"][0]["detail"]) == (422, "Choose at most 20.")
    full = await send(client, "PUT", f"{day}/times", keys, {"slots": [1], "languages": many[:20]})
    assert full.status_code == 200


async def test_wishes_that_cannot_be_are_refused_with_the_sentence(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    day, keys = await opened(fair), await program(fair.ayse)
    jonas = await key(fair.jonas, day)
    for number, (wishes, sentence) in enumerate(
        (
            ([await key(fair.ayse, day)], "You cannot meet yourself."),
            ([await key(fair.can, day)], "Exporters meet importers; this firm is on your own side."),
            ([jonas, jonas], "You wished for this firm already."),
            ([jonas, NOTHING], "This firm does not take part in the meeting day."),
            ([f"p{n:011}" for n in range(21)], "At most 20 wishes: take some away first."),
        )
    ):
        answer = await send(client, "PUT", f"{day}/wishes", keys, {"wishes": wishes}, f"w-{number}")
        assert answer.status_code == 422
        assert [(one["field"], one["detail"]) for one in answer.json()["errors"]] == [("wishes", sentence)]
    assert await fetchval("SELECT count(*) FROM meeting_wish") == 0
    assert await fetchval("SELECT max(version) FROM day_participant") == 1


async def test_who_was_faster_is_not_overwritten(client: httpx.AsyncClient, fair: Fair) -> None:
    day, keys = await opened(fair), await program(fair.ayse)
    await wish(fair.ayse, day, fair.zoe)
    late = {"wishes": [await key(fair.jonas, day)], "version": 1}
    refused = await send(client, "PUT", f"{day}/wishes", keys, late)
    assert refused.status_code == 409
    assert "colleague" in refused.json()["detail"]
    stale = {"slots": [1], "languages": ["en"], "version": 1}
    assert (await send(client, "PUT", f"{day}/times", keys, stale, "k-2")).status_code == 409
    # The same key is free again for the mended request.
    assert (await send(client, "PUT", f"{day}/wishes", keys, {**late, "version": 2})).status_code == 200


async def test_the_same_request_twice_is_carried_out_once(client: httpx.AsyncClient, fair: Fair) -> None:
    day, keys = await opened(fair), await program(fair.ayse)
    body = {"slots": [1, 2], "languages": ["en"]}
    first = await send(client, "PUT", f"{day}/times", keys, body)
    again = await send(client, "PUT", f"{day}/times", keys, body)
    assert (again.status_code, again.json()) == (200, first.json())
    assert await fetchval("SELECT max(version) FROM day_participant") == 2
    other = await send(client, "PUT", f"{day}/times", keys, {**body, "slots": [3]})
    assert other.status_code == 409
    elsewhere = await send(client, "PUT", f"{day}/wishes", keys, {"wishes": []})
    assert elsewhere.status_code == 409
    without = await client.put(f"{PATH}/{day}/times", json=body, headers=keys)
    assert without.status_code == 422


async def test_a_firm_withdraws_and_comes_back(client: httpx.AsyncClient, fair: Fair) -> None:
    day = await wished(fair)
    keys, buyer = await program(fair.ayse), await program(fair.zoe)
    gone = await send(client, "POST", f"{day}/withdraw", keys)
    assert (gone.status_code, gone.json()["own_state"]) == (200, "ABSENT")
    assert ("meeting-day.withdrawn") in {action for _, action in await audited(day)}
    left = (await client.get(f"{PATH}/{day}/participants", headers=buyer)).json()
    assert [one["name"] for one in left["data"]] == [fair.can.membership.name]
    back = await send(client, "PUT", f"{day}/times", keys, {"slots": [1], "languages": ["en"]}, "k-2")
    assert back.json()["own_state"] == "READY"


async def test_nothing_can_be_said_once_wishes_are_over(client: httpx.AsyncClient, fair: Fair) -> None:
    day, keys = await wished(fair), await program(fair.ayse)
    await execute("UPDATE meeting_day SET wishes_until = now() - interval '1 minute'")
    for method, path, body in (
        ("PUT", "times", {"slots": [1], "languages": ["en"]}),
        ("PUT", "wishes", {"wishes": []}),
        ("POST", "withdraw", None),
    ):
        assert (await send(client, method, f"{day}/{path}", keys, body)).status_code == 409
    assert (await data(client, day, keys))["takes_wishes"] is False
    assert len((await data(client, f"{day}/wishes", keys))["wishes"]) == 2
    assert (await client.get(f"{PATH}/{day}/participants", headers=keys)).json()["suggestions"] == []


async def test_what_others_wish_and_who_sits_there_is_told_to_nobody(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    day = await published(fair)
    keys = await program(fair.ayse)
    texts = [
        (await client.get(f"{PATH}{path}", headers=keys)).text
        for path in (
            "",
            f"/{day}",
            f"/{day}/times",
            f"/{day}/wishes",
            f"/{day}/participants",
            f"/{day}/agenda",
        )
    ]
    for secret in ("jonas.petersen@example.com", "Jonas Petersen", "Zoe Frey", "wanted_by", fair.jonas.org):
        assert not any(secret in text for text in texts)


async def test_a_meeting_that_is_only_planned_is_told_to_nobody(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    day = await published(fair, most_meetings=1)
    whole = await shown(day)
    more = msgspec.structs.replace(
        content(), day=whole.day, most_meetings=6, wishes_until=whole.wishes_until, tables=4
    )
    await days.change(fair.union.caller, day, more)
    await planned(fair, day)
    of_ayse = [row[2] for row in await meetings(day) if row[0] == fair.ayse.membership.name]
    assert sorted(of_ayse) == ["CONFIRMED", "PLANNED"]
    agenda = await data(client, f"{day}/agenda", await program(fair.ayse))
    assert [one["state"] for one in agenda["meetings"]] == ["CONFIRMED"]
    await sign_in(client, fair.ayse.person)
    page = await client.get(f"/en/desk/{fair.ayse.org}/meeting-days/{day}")
    assert "You have 1 meeting." in page.text


async def test_programs_hear_of_a_day_from_the_start_to_the_end(fair: Fair) -> None:
    for number, firm in enumerate((fair.ayse, fair.zoe)):
        await execute(
            """INSERT INTO webhook (public_id, organisation, name, url, secret, events, created_by)
            VALUES ($1, $2, 'x', 'https://a.example', 'x', $3, $4)""",
            f"w{number:011}", firm.firm.id,
            ["meeting-day.opened", "meeting-day.published", "meeting-day.cancelled"], firm.person,
        )  # fmt: skip
    day = await opened(fair)
    await planned(fair, day)
    # Nobody wished for anything: there is no meeting, and firms hear of the agenda all the same.
    await planning.publish(fair.union.caller, day)
    await planned(fair, day)
    await planning.publish(fair.union.caller, day)
    assert await state(day) == "PUBLISHED"
    await days.cancel(fair.union.caller, day, "The hall is flooded.")
    rows = await fetch("SELECT event, payload::text AS payload FROM webhook_delivery ORDER BY id")
    assert [row["event"].partition(".")[2] for row in rows] == [
        word for word in ("opened", "published", "published", "cancelled") for _ in range(2)
    ]
    told = [msgspec.json.decode(row["payload"])["data"] for row in rows]
    assert [one["state"] for one in told[::2]] == ["OPEN", "PUBLISHED", "PUBLISHED", "CANCELLED"]
    assert {one["id"] for one in told} == {day}
    assert told[0]["wishes_until"] < told[0]["starts_at"] < told[0]["ends_at"]
