"""Requests that a post writes for a buyer: with evidence that it agreed, or with its name behind the post."""

from collections.abc import Sequence
from datetime import date

import msgspec

from kervan.accounts.callers import Caller, Membership, holder
from kervan.errors import NotFound
from kervan.files.uploads import Upload
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.requests import rules, service
from kervan.requests.access import Seat
from kervan.requests.buyers import Buyer
from kervan.requests.service import Maker, Saved
from kervan.requests.states import Side
from kervan.requests.structs import Consent, Content, RequestShown
from kervan.requests.tables import Visibility
from kervan.trade.errors import N_
from kervan.web.forms import Form

HIDDEN = N_(
    "Without evidence that the buyer agreed, exporters do not see its name: they answer through your post."
)


def posts(caller: Caller) -> tuple[Membership, ...]:
    """The caller's memberships in posts that may ask for buyers. Raises NotFound for everybody else."""
    found = tuple(m for m in holder(caller, roles.REQUESTS) if m.kind == Kind.POST)
    if not found:
        raise NotFound()
    return found


async def create(
    caller: Caller,
    post: Membership,
    buyer: Buyer,
    content: Content,
    consent: Consent | None,
    *,
    key: str | None = None,
    uploads: Sequence[Upload] = (),
) -> Saved:
    """A draft for a buyer. Without consent its name stays behind the post. Raises as service.create."""
    maker = Maker(side=Side.POST, importer=buyer.id, post=post.organisation)
    return await service.create(
        caller, maker, hidden_without(content, consent), key=key, uploads=uploads, consent=consent
    )


async def change(
    caller: Caller,
    seat: Seat,
    before: RequestShown,
    content: Content,
    consent: Consent | None,
    version: int | None,
    *,
    uploads: Sequence[Upload] = (),
    removed: Sequence[str] = (),
) -> Saved:
    """Writes it anew, or edits it on the board; consent that was noted before holds on. Raises as service.change.

    What an importer wrote itself keeps the way to it that the importer chose.
    """
    if seat.side == Side.POST and is_on_behalf(before):
        content = hidden_without(content, consent or before.consent)
    else:
        content = msgspec.structs.replace(content, visibility=before.visibility)
    return await service.change(
        caller, seat, content, version, uploads=uploads, removed=removed, consent=consent
    )


def is_on_behalf(shown: RequestShown) -> bool:
    """Whether a post wrote it for a buyer."""
    return shown.source != "IMPORTER"


def hidden_without(content: Content, consent: Consent | None) -> Content:
    """The content, answered through the post where the buyer is not known to have agreed."""
    return content if consent else msgspec.structs.replace(content, visibility=Visibility.POST)


def consent_of(form: Form, today: date) -> Consent | None:
    """The evidence that a form gives; None when all of it is left empty. What is wrong is noted in the form."""
    fields = ("consent_who", "consent_when", "consent_note")
    if not any(form.value(name).strip() for name in fields):
        return None
    who = form.text("consent_who", longest=200)
    when = form.day("consent_when")
    how = form.choice("consent_how", rules.CONSENT_WAYS)
    note = form.lines("consent_note", required=False, longest=1000)
    if not who or when is None or not how:
        return None
    consent = Consent(who=who, when=when, how=how, note=note)
    for name, why in rules.check_consent(consent, today).items():
        form.refuse(name, why)
    return consent
