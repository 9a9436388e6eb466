"""The request board of the small world: one of everything that has an address."""

from datetime import timedelta

from doors.trade import _in
from ordering import caller_of
from people import Firm
from requesting import content

from kervan.alerts import service as alerts
from kervan.alerts.conditions import Conditions
from kervan.alerts.structs import Wish
from kervan.db import execute, fetchval, transaction
from kervan.files import store
from kervan.ids import new_public_id
from kervan.inquiries import access as inquiries
from kervan.notifications import service as notifications
from kervan.requests import access, answering, outcomes, queries, service
from kervan.requests.service import Maker
from kervan.requests.states import Side


async def _file(request: int) -> str:
    """Public id of an attachment of a request."""
    path = await store.put("messages", b"%PDF-1.7 a drawing", "pdf")
    found: str = await fetchval(
        """INSERT INTO request_file (public_id, request, name, content_type, path, size, sha256)
        VALUES ($1, $2, 'drawing.pdf', 'application/pdf', $3, 18, $4) RETURNING public_id""",
        new_public_id(),
        request,
        path,
        b"0" * 32,
    )
    return found


async def board(exporter: Firm, importer: Firm, people: dict[str, int]) -> dict[str, str]:
    """Names of a request (published, answered by the exporter), one under review, a draft, an alert and what belongs
    to them."""
    buyer, seller = await caller_of(people["importer_owner"]), await caller_of(people["owner"])
    attache = await caller_of(people["post"])
    maker = Maker(side=Side.IMPORTER, importer=importer.entity or 0)
    found = {}
    for name, title in (
        ("request", "White cotton towels for hotels"),
        ("waiting", "Bath robes for a spa, white"),
        ("draft", "Table linen, damask"),
    ):
        made = await service.create(buyer, maker, content(title=title))
        found[name] = made.public_id
        if name == "draft":
            continue
        seat = await access.own(buyer, importer.public_id, made.public_id, act=True)
        await service.submit(buyer, seat, seen=True)
        if name == "request":
            await service.publish(attache, await access.handled(attache, made.public_id), seen=True)
    shown = await queries.by_public_id(found["request"])
    found["request_address"] = f"white-cotton-towels-for-hotels-{shown.public_id}"
    found["wanted"] = shown.inquiry_id or ""
    found["answer"] = await answering.begin(
        seller, access.answering(seller, exporter.public_id), shown.public_id
    )
    await inquiries.received(seller, exporter.public_id, found["answer"], act=True)
    await execute(
        "UPDATE inquiry_recipient SET answered_at = now() - $2::interval WHERE public_id = $1",
        found["answer"],
        timedelta(days=91),
    )
    await outcomes.ask_due()
    asked = await fetchval("SELECT public_id FROM request_outcome WHERE side = 'EXPORTER'")
    found["outcome"] = outcomes.token(asked)
    wish = Wish(name="Towels", conditions=Conditions(text="towels"), frequency="DAILY", channels=("IN_APP",))
    found["alert"] = await alerts.create(seller, _in(seller, exporter), wish, language="en")
    found["stop"] = alerts.stop_token(found["alert"])
    token = await fetchval("SELECT feed_token FROM alert WHERE public_id = $1", found["alert"])
    found["feed"] = f"{token}.atom"
    found["drawing"] = await _file(shown.id)
    async with transaction() as tx:
        await notifications.tell(
            tx.connection,
            [people["owner"]],
            "order_step",
            {"action": "submit", "number": "1"},
            "/desk",
            "doors",
        )
    found["notification"] = await fetchval("SELECT public_id FROM notification WHERE source = 'doors'")
    return found
