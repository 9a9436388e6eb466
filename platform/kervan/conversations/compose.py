"""The box under a conversation: what a page does with it."""

from typing import Any

from litestar import Request

from kervan.accounts import throttle
from kervan.accounts.callers import Caller, Membership
from kervan.conversations import files, service
from kervan.errors import Invalid, TooMany
from kervan.trade.errors import N_
from kervan.web.forms import Form

CHOOSE_AGAIN = N_("Choose the files again: a browser does not keep them.")


async def send(
    request: Request[Any, Any, Any],
    form: Form,
    about: str,
    subject: int,
    side: str,
    caller: Caller,
    membership: Membership,
) -> bool:
    """Sends what the box holds (fields `text` and `files`); False when it was refused: the form says why then."""
    text = form.lines("text", required=False, longest=service.LONGEST_TEXT)
    if not form.ok:
        return False
    uploads = []
    try:
        await throttle.spend("message", request, caller.person)
        uploads = await files.of_form(request)
        await service.post(about, subject, side, caller, membership, text, uploads)
        return True
    except (Invalid, TooMany) as error:
        form.take(error)
    if len(uploads) > 1 or (uploads and not form.error("files")):
        form.refuse("files", CHOOSE_AGAIN)
    return False
