"""The door: checking people in with a phone, also where the line is bad. Every part works without scripts too."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, signed_in
from kervan.errors import Invalid
from kervan.events import access
from kervan.events import queries as events
from kervan.ids import new_public_id
from kervan.registrations import tickets
from kervan.registrations.structs import Attendee
from kervan.registrations.tickets import Scan, Scanned
from kervan.staff.desk import frame
from kervan.trade.errors import N_
from kervan.web import csrf, forms
from kervan.web.http import JSON, query_of
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, page
from kervan_search.text import fold

WORDS = {
    tickets.IN: N_("Checked in"),
    tickets.BEFORE: N_("Was checked in before"),
    tickets.UNKNOWN: N_("We know no ticket with this code"),
    tickets.OTHER_EVENT: N_("This ticket is for another event"),
    tickets.NOT_VALID: N_("This ticket does not hold any more"),
    tickets.TOO_EARLY: N_("The door is not open yet"),
}
"""What a scan came to (msgids)."""
_LISTED = 30
_CAMERA = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
"""The one page of the house that may look through the camera."""
_LARGEST = 200_000


class Scans(msgspec.Struct, forbid_unknown_fields=True):
    """What a device sends when its line is back."""

    scans: list[Scan]


@get("/staff/events/{event:str}/door")
async def door(request: Request[Any, Any, Any], event: FromPath[str]) -> Page:
    """Type or scan a code, or look for a name."""
    caller = signed_in(request)
    found = await tickets.door_list(caller, event)
    return await _page(request, caller, event, found)


@post("/staff/events/{event:str}/door", status_code=200)
async def check_in(request: Request[Any, Any, Any], event: FromPath[str]) -> Page:
    """Checks one person in, and shows what came of it on the same page."""
    caller = signed_in(request)
    typed = await forms.read(request)
    code = typed.text("code", longest=300)
    done = None
    if typed.ok:
        [done] = await tickets.check_in(caller, event, [Scan(id=f"page-{new_public_id()}", code=code)])
    found = await tickets.door_list(caller, event)
    return await _page(request, caller, event, found, done, typed.error("code") or "")


async def _page(
    request: Request[Any, Any, Any],
    caller: Caller,
    event: str,
    found: list[Attendee],
    done: Scanned | None = None,
    wrong: str = "",
) -> Page:
    language = language_of(request)
    shown = await events.shown((await access.organised(caller, event)).id)
    text = query_of(request).get("q", [""])[-1][:120].strip()
    matching = [one for one in found if fold(text) in fold(f"{one.name} {one.firm}")] if text else found
    return page(
        request,
        "registrations/door.html",
        headers={"Permissions-Policy": _CAMERA},
        event=shown,
        content=shown.content,
        title=shown.text(language).title,
        people=matching[:_LISTED],
        more=max(0, len(matching) - _LISTED),
        total=len(found),
        came=sum(one.at is not None for one in found),
        searched=text,
        done=done,
        said=gettext(language, WORDS[done.result]) if done else "",
        wrong=wrong,
        words={name: gettext(language, word) for name, word in WORDS.items()},
        csrf_token=csrf.token(request),
        **await frame(request, caller, "events"),
    )


@get("/staff/events/{event:str}/door/list.json")
async def door_list(request: Request[Any, Any, Any], event: FromPath[str]) -> Response[bytes]:
    """Who is expected, for a device that keeps it while the line is away: codes and names, no tickets."""
    caller = signed_in(request)
    found = await tickets.door_list(caller, event)
    shown = await events.shown((await access.organised(caller, event)).id)
    body = {"event": event, "until": shown.content.ends_at, "people": found}
    return _json(body)


@post("/staff/events/{event:str}/door/scans", status_code=200)
async def scans(request: Request[Any, Any, Any], event: FromPath[str]) -> Response[bytes]:
    """Scans of a device, each with an id of its own: sent twice they come to the same."""
    caller = signed_in(request)
    await access.organised(caller, event)
    if request.content_type[0] != RequestEncodingType.JSON:
        # A form was read already, for its token.
        raise Invalid(N_("These are no scans."))
    raw = await request.body()
    if len(raw) > _LARGEST:
        raise Invalid(N_("This text is too long."))
    try:
        sent = msgspec.json.decode(raw, type=Scans)
    except msgspec.DecodeError as error:
        raise Invalid(N_("These are no scans.")) from error
    if len(sent.scans) > tickets.MOST_SCANS:
        raise Invalid(N_("At most {n} scans at once."), n=tickets.MOST_SCANS)
    if any(scan.at is not None and scan.at.tzinfo is None for scan in sent.scans):
        raise Invalid(N_("These are no scans."))
    return _json({"scans": await tickets.check_in(caller, event, sent.scans)})


def _json(body: object) -> Response[bytes]:
    headers = {"Cache-Control": "private, no-store"}
    return Response(msgspec.json.encode(body), status_code=200, media_type=JSON, headers=headers)


ROUTES: list[ControllerRouterHandler] = [door, check_in, door_list, scans]
