"""The files of conversations, for the two sides that wrote them."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import member, signed_in
from kervan.conversations import parties
from kervan.files import answers, store
from kervan.organisations import roles
from kervan.organisations.tables import Kind


@get("/desk/{org:str}/attachments/{attachment:str}")
async def attachment(
    request: Request[Any, Any, Any], org: FromPath[str], attachment: FromPath[str]
) -> Response[bytes]:
    """A file of a message, as a download."""
    membership = member(signed_in(request), org, roles.VIEW, Kind.EXPORTER, Kind.IMPORTER, Kind.POST)
    found = await parties.attachment(membership, attachment)
    return answers.download(await store.read(found.path), found.name, found.content_type)


ROUTES: list[ControllerRouterHandler] = [attachment]
