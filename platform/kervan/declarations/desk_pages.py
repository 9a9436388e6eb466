"""An exporter's shipments as a list, and a carrier's list of parcels: for the exporter's own, for staff of all."""

import zlib
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.callers import Caller, holder, signed_in
from kervan.declarations import importing, queries
from kervan.declarations.importing import Report
from kervan.errors import Invalid, KervanError
from kervan.files import uploads
from kervan.orders.tables import Side
from kervan.organisations import roles
from kervan.organisations.desk import frame
from kervan.products.access import desk
from kervan.staff.desk import frame as staff_frame
from kervan.trade.errors import N_, TradeError
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import form_data, query_of, whole_number
from kervan.web.i18n import language_of
from kervan.web.templates import Page, page

PER_PAGE = 50


@get("/desk/{org:str}/declarations")
async def shipments(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """What is with carriers: which parcels wait for their declaration, which are closed."""
    _, membership, exporter = desk(request, org, roles.VIEW)
    query = query_of(request)
    phase, q = query.get("phase", [""])[-1], query.get("q", [""])[-1][:60]
    number = whole_number(query, "page", 1, 1, 10_000)
    phase = phase if phase in queries.PHASES else ""
    found, total = await queries.of_exporter(exporter, phase, q, number, PER_PAGE)
    return page(
        request,
        "declarations/list.html",
        shipments=found,
        total=total,
        phase=phase,
        q=q,
        page_number=number,
        pages=max(1, -(-total // PER_PAGE)),
        may_act=roles.ORDERS in membership.rights,
        **await frame(request, membership, "declarations"),
    )


@get("/desk/{org:str}/declarations/import")
async def own_list(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Where a carrier's list is sent."""
    desk(request, org, roles.ORDERS)
    return await _own(request, org, Form(language_of(request)))


@post("/desk/{org:str}/declarations/import", status_code=200)
async def send_own_list(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Checks a carrier's list, or takes the one that was checked; an exporter's own parcels only."""
    caller, _, exporter = desk(request, org, roles.ORDERS)
    form = await forms.read(request)
    report, data = await _looked_at(request, form, caller, exporter, Side.EXPORTER)
    return await _own(request, org, form, report, data)


async def _own(
    request: Request[Any, Any, Any], org: str, form: Form, report: Report | None = None, data: str = ""
) -> Page:
    _, membership, _ = desk(request, org, roles.ORDERS)
    context = await frame(request, membership, "declarations")
    return await _import(request, form, report, data, f"/desk/{org}/declarations", **context)


@get("/staff/declarations")
async def every_list(request: Request[Any, Any, Any]) -> Page:
    """Where staff take a carrier's list of everybody's parcels."""
    holder(signed_in(request), roles.ADMINISTER)
    return await _every(request, Form(language_of(request)))


@post("/staff/declarations", status_code=200)
async def send_every_list(request: Request[Any, Any, Any]) -> Page:
    """Checks a carrier's list, or takes the one that was checked."""
    caller = signed_in(request)
    holder(caller, roles.ADMINISTER)
    form = await forms.read(request)
    report, data = await _looked_at(request, form, caller, None, Side.CARRIER)
    return await _every(request, form, report, data)


async def _every(
    request: Request[Any, Any, Any], form: Form, report: Report | None = None, data: str = ""
) -> Page:
    context = await staff_frame(request, signed_in(request), "declarations")
    return await _import(request, form, report, data, "", **context)


async def _import(
    request: Request[Any, Any, Any], form: Form, report: Report | None, data: str, own: str, **context: Any
) -> Page:
    return page(
        request,
        "declarations/import.html",
        status_code=200 if form.ok else 422,
        form=form,
        report=report,
        data=data,
        own=own,
        carriers=await queries.carrier_codes(),
        limit_kb=importing.LARGEST // 1024,
        **context,
    )


async def _looked_at(
    request: Request[Any, Any, Any], form: Form, caller: Caller, exporter: int | None, side: Side
) -> tuple[Report | None, str]:
    """The report on the list of a form, and the list itself packed for the second step; None where it was refused."""
    carrier = form.choice("carrier", [code for code, _ in await queries.carrier_codes()])
    try:
        await throttle.spend("upload", request, caller.person)
        if packed := str((await form_data(request)).get("list", "")):
            data = _unpacked(packed)
            if carrier:
                return await importing.take(data, carrier, exporter, caller, side), ""
            return None, ""
        file = await uploads.one(request, "file", importing.LARGEST)
        if carrier:
            report = await importing.check(file.data, carrier, exporter)
            return report, b64encode(zlib.compress(file.data, 9)).decode()
    except TradeError as error:
        form.refuse("file", error)
    except KervanError as error:
        form.refuse("file", error)
    return None, ""


def _unpacked(packed: str) -> bytes:
    """The list of the first step again, which went through the page. It is looked at as if it were new."""
    try:
        opener = zlib.decompressobj()
        return opener.decompress(b64decode(packed, validate=True), importing.LARGEST + 1)
    except (NotBase64, ValueError, zlib.error) as error:
        raise Invalid(N_("This list did not come back whole. Choose the file again.")) from error


ROUTES: list[ControllerRouterHandler] = [
    shipments, own_list, send_own_list, every_list, send_every_list,
]  # fmt: skip
