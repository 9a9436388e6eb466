"""Makers for tests of requests: a buyer, a post with its attaché, the Ministry, exporters; requests in any state."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
from asking import Side as Firm
from asking import side
from factories import make_exporter, make_product
from people import firm_of, make_importer, make_ministry, make_post

from kervan.accounts.callers import Caller
from kervan.db import fetch, fetchval
from kervan.orders.deadlines import today
from kervan.requests import access, service
from kervan.requests.access import Seat
from kervan.requests.service import Maker, Saved
from kervan.requests.states import Side
from kervan.requests.structs import Consent, Content, RequestShown, Spec


class Board(NamedTuple):
    """Who takes part: a buyer in Germany with its post, exporters of towels and oil, strangers of each kind."""

    buyer: Firm
    post: Firm
    ministry: Firm
    ayse: Firm
    can: Firm
    other_buyer: Firm
    other_post: Firm
    towel: str
    oil: str

    @property
    def importer(self) -> int:
        found = self.buyer.membership.importer
        assert found is not None
        return found


CONSENT = Consent(who="Jonas Petersen, head of purchasing", when=today(), how="EMAIL")


async def make_board() -> Board:
    """All of them, with a product each."""
    ayse = await make_exporter()
    can = await make_exporter("can-zeytin", trade_name="Can Zeytin", legal_name="Can Zeytincilik Ltd. Şti.")
    towel, oil = await make_product(ayse), await make_product(can, "ZY-1", hs_code="150920000000")
    return Board(
        buyer=await side(await make_importer(standing="VERIFIED"), "Jonas Petersen", "BUYER"),
        post=await side(await make_post("DE"), "Defne Aksoy", "ATTACHE"),
        ministry=await side(await make_ministry(), "Murat Tan", "ADMIN"),
        ayse=await side(await firm_of(ayse), "Ayşe Yılmaz", "ORDER_DESK"),
        can=await side(await firm_of(can), "Can Demir", "ORDER_DESK"),
        other_buyer=await side(await make_importer("Blaue Stunde AG", "CH"), "Zoe Frey", "OWNER"),
        other_post=await side(await make_post("CH"), "Ceren Uslu", "COUNSELLOR"),
        towel=await fetchval("SELECT public_id FROM product WHERE id = $1", towel),
        oil=await fetchval("SELECT public_id FROM product WHERE id = $1", oil),
    )


def content(**changes: Any) -> Content:
    """A whole request of 400 white towels for Hamburg, open for 30 days."""
    whole = Content(
        title="White cotton towels for hotels",
        summary="A hotel group in Hamburg looks for white cotton towels, washed once.",
        description="Terry towels, double stitched hems. Delivery in two parts.",
        hs_code="6302.60",
        specs=(Spec("Weight", "500 g/m²"), Spec("Size", "50 x 100 cm")),
        quantity=400,
        unit="C62",
        target_price=Decimal("3.80"),
        currency="EUR",
        country="DE",
        place="Hamburg",
        incoterm="DAP",
        deadline=today() + timedelta(days=30),
        certificates=("oeko-tex-100",),
        buyer_type="HOSPITALITY",
        languages=("en", "de"),
    )
    return msgspec.structs.replace(whole, **changes)


def by_buyer(board: Board) -> Maker:
    """The buyer itself asks."""
    return Maker(side=Side.IMPORTER, importer=board.importer)


def by_post(board: Board) -> Maker:
    """The post asks on the buyer's behalf."""
    return Maker(side=Side.POST, importer=board.importer, post=board.post.membership.organisation)


async def own(board: Board, request: Saved, caller: Caller | None = None) -> Seat:
    """The buyer's place at its request."""
    return await access.own(caller or board.buyer.caller, board.buyer.org, request.public_id, act=True)


async def handled(firm: Firm, request: Saved | RequestShown) -> Seat:
    """The place of a post's or the Ministry's people."""
    return await access.handled(firm.caller, request.public_id)


async def drafted(board: Board, **changes: Any) -> Saved:
    """A draft of the buyer."""
    return await service.create(board.buyer.caller, by_buyer(board), content(**changes))


async def submitted(board: Board, **changes: Any) -> Saved:
    """A request that the buyer sent for review."""
    made = await drafted(board, **changes)
    return await service.submit(board.buyer.caller, await own(board, made), seen=True)


async def published(board: Board, **changes: Any) -> Saved:
    """A request of the buyer that its post has published."""
    made = await submitted(board, **changes)
    return await service.publish(board.post.caller, await handled(board.post, made), seen=True)


async def posted(board: Board, **changes: Any) -> Saved:
    """A request that the post published on the buyer's behalf."""
    made = await service.create(board.post.caller, by_post(board), content(**changes), consent=CONSENT)
    return await service.publish(board.post.caller, await handled(board.post, made), seen=True)


async def several(board: Board, changes: Sequence[dict[str, Any]]) -> list[Saved]:
    """Published requests, one for each."""
    return [await published(board, **one) for one in changes]


async def topics() -> list[tuple[str, Any]]:
    """(topic, payload) of what the outbox holds for alerts and the board, the oldest first."""
    rows = await fetch(
        "SELECT topic, payload FROM outbox WHERE topic LIKE 'alerts.%' OR topic LIKE 'requests.%' ORDER BY id"
    )
    return [(row["topic"], msgspec.json.decode(row["payload"])) for row in rows]
