"""What the editors of one part of an event share: the event for who may write it, the part stored anew, refusals."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request

from kervan.accounts.callers import Caller, signed_in
from kervan.errors import Conflict, Forbidden, Invalid, KervanError
from kervan.events import access, edit_pages, queries, service
from kervan.events.access import Seat
from kervan.events.structs import EventShown
from kervan.trade.errors import N_
from kervan.web.forms import Form
from kervan.web.i18n import gettext

_ELSEWHERE = N_("Something else of the event is missing or wrong: {what}")


class Desk(msgspec.Struct, frozen=True):
    """Who writes which event."""

    caller: Caller
    seat: Seat
    shown: EventShown
    editable: bool


async def desk(request: Request[Any, Any, Any], public_id: str, *, write: bool = False) -> Desk:
    """The event for who looks after it; with `write` for who may write it: Raises Conflict for one that stands still,
    Forbidden for who may only read it."""
    caller = signed_in(request)
    seat = await access.organised(caller, public_id)
    shown = await queries.shown(seat.id)
    editable = edit_pages.may_edit(seat, shown)
    if write and not editable:
        if seat.membership.organisation != seat.organiser:
            raise Forbidden(N_("The organiser writes this."))
        raise Conflict(N_("This event cannot be changed any more."))
    return Desk(caller, seat, shown, editable)


async def store(at: Desk, form: Form, part: str, **parts: Any) -> int:
    """Stores parts of the content with what the form says of its version; 0 when it is stored, else the status.

    What is refused is noted in the form: sentences about `part` (sessions, questions) at the field that
    `form`'s page calls `title`, the others on top.
    """
    version = form.whole("version", low=1, high=10**9, required=False)
    content = msgspec.structs.replace(at.shown.content, **parts)
    try:
        await service.change(at.caller, at.shown.public_id, content, version)
    except Conflict as error:
        form.take(error)
        return 409
    except Invalid as error:
        _note(form, error.fields or {"": error}, part)
        return 422
    return 0


def _note(form: Form, wrong: Mapping[str, KervanError | str], part: str) -> None:
    for name, why in wrong.items():
        if name.partition(".")[0] == part:
            form.refuse("title", why)
    if form.ok:
        said = Form(form.language)
        for name, why in wrong.items():
            said.refuse(name, why)
        form.message = gettext(form.language, _ELSEWHERE).format(what=" ".join(s for _, s in said.errors))
