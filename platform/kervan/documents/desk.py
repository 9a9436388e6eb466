"""What the pages of an order's papers and shipment share: the way in, the frame, and how a refusal is shown."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request

from kervan.accounts.callers import Caller, signed_in
from kervan.documents.differences import Difference
from kervan.documents.errors import Differs, RulesBroken
from kervan.errors import Conflict, Invalid, KervanError, NotFound
from kervan.orders import access, queries
from kervan.orders.access import Party
from kervan.orders.errors import Refused
from kervan.orders.structs import OrderDetail
from kervan.orders.tables import Side
from kervan.organisations.desk import frame
from kervan.policies import sentences
from kervan.trade.errors import N_, TradeError
from kervan.trade.quantities import parse_weight_g
from kervan.web.forms import Form
from kervan.web.i18n import sentence, translate
from kervan.web.templates import Page, page


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An order that a party works on."""

    caller: Caller
    party: Party
    order: OrderDetail

    @property
    def path(self) -> str:
        """Where the order itself is, without language."""
        return f"/desk/{self.party.membership.public_id}/orders/{self.order.public_id}"


class BrokenShown(msgspec.Struct, frozen=True):
    """A rule that is not kept, by name, and where it is put right (a path behind the desk; '' where nothing helps)."""

    rule: str
    sentence: str
    where: str


async def opened(
    request: Request[Any, Any, Any], org: str, order: str, *sides: Side, act: bool = True
) -> Opened:
    """The order for a page. NotFound for strangers and for the other side, Forbidden for who may only look."""
    caller = signed_in(request)
    party = await access.party(caller, org, order, act=act)
    if sides and party.side not in sides:
        raise NotFound()
    return Opened(caller=caller, party=party, order=await queries.detail(party.order_id))


async def form_page(
    request: Request[Any, Any, Any],
    template: str,
    here: Opened,
    form: Form,
    *,
    refusal: object = None,
    **context: Any,
) -> Page:
    """The page of a form about an order; `refusal` is the error that take_refusal kept."""
    broken = refusal.broken if isinstance(refusal, RulesBroken) else ()
    found: Sequence[Difference] = refusal.differences if isinstance(refusal, Differs) else ()
    return page(
        request,
        template,
        status_code=200 if form.ok and refusal is None else 422,
        form=form,
        order=here.order,
        here=here.path,
        version=here.order.version,
        broken=[
            BrokenShown(each.rule, sentence(form.language, each.error()), _where(each.field))
            for each in broken
        ],
        differences=[
            (translate(form.language, each.label, **each.params), each.proforma, each.invoice)
            for each in found
        ],
        **context,
        **await frame(request, here.party.membership, "orders"),
    )


def take_refusal(form: Form, error: KervanError) -> KervanError:
    """Notes a service's refusal in the form: the verdict's own sentence, broken rules and differences as a whole."""
    if isinstance(error, Refused):
        form.message = sentences.say(error.verdict, form.language)
    elif isinstance(error, RulesBroken):
        form.message = sentence(form.language, error)
    elif isinstance(error, Invalid | Conflict):
        form.take(error)
    else:
        raise error
    return error


def seen_version(form: Form) -> int:
    """The order's version that the form was made for; one that no order has when it was tampered with."""
    typed = form.value("version")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def grams(form: Form, name: str) -> int:
    """A weight in kg or with its unit; 0 when it is missing or refused."""

    def parse(text: str) -> int:
        found = parse_weight_g(text, "," if form.language == "tr" else ".", "kg")
        if found < 1:
            raise TradeError(N_("The weight must be above zero."))
        return found

    return form.parsed(name, parse, longest=40) or 0


def _where(field: str) -> str:
    return "/registration" if field.startswith("seller.") else ""
