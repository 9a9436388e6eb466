"""Quotes: drafts, sending, revisions that stand, withdrawing, validity; what a quote must say."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from asking import World, ask, offered, quote, received, sent
from people import count, mails

from kervan.db import connection, execute, fetch, fetchval
from kervan.errors import Conflict, Invalid
from kervan.inquiries import endings, queries, quotes, recipients, rounds, service, states
from kervan.inquiries.structs import OfferedLine
from kervan.orders.deadlines import today
from kervan.orders.tables import Side


async def state_of(table: str) -> str:
    found: str = await fetchval(f"SELECT state FROM {table} ORDER BY id DESC LIMIT 1")
    return found


async def test_a_draft_is_seen_by_its_exporter_only(world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel, send=False)
    assert await state_of("inquiry") == "OPEN"
    part = await received(inquiry, world.ayse)
    assert part.recipient is not None
    own = await queries.quotes_to(part.recipient, Side.EXPORTER)
    assert own[0].draft is not None
    assert await queries.quotes_to(part.recipient, Side.IMPORTER) == []
    assert await queries.quotes_of(part.inquiry) == []
    assert [m["template"] for m in await mails("jonas.petersen@example.com")] == []


async def test_sending_answers_the_inquiry_and_tells_the_importer(world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    assert await state_of("inquiry") == "ANSWERED"
    [mail] = await mails("jonas.petersen@example.com")
    assert (mail["template"], mail["context"]["total"], mail["context"]["who"]) == (
        "quote_sent",
        "410.00",
        "Ayşe Havlu",
    )
    [revision] = await fetch("SELECT * FROM quote_revision")
    assert revision["sent_at"] is not None
    assert revision["gross_weight_g"] == 45_500
    assert '"allowed":true' in revision["verdict"].replace(" ", "")


async def test_a_revision_that_was_sent_never_changes(world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    for statement in (
        "UPDATE quote_revision SET total = 1",
        "DELETE FROM quote_revision",
        "UPDATE quote_line SET unit_price = 1",
        "DELETE FROM quote_line",
        "INSERT INTO quote_line (revision, number, name, quantity, unit, unit_price, amount)"
        " SELECT id, 9, 'x', 1, 'C62', 1, 1 FROM quote_revision",
    ):
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await execute(statement)


async def test_revising_keeps_what_was_sent_until_the_new_one_goes_out(world: World) -> None:
    inquiry = await ask(world)
    first = await quote(inquiry, world.ayse, world.towel)
    drafted = await quote(inquiry, world.ayse, world.towel, send=False, line={"unit_price": Decimal("3.50")})
    assert (drafted.state, drafted.revision) == ("REVISED", 1)
    part = await received(inquiry, world.ayse)
    [seen] = await queries.quotes_of(part.inquiry)
    assert seen.terms is not None
    assert (seen.terms.goods_total, seen.draft) == (Decimal("370.00"), None)
    again = await quote(inquiry, world.ayse, world.towel, line={"unit_price": Decimal("3.40")})
    assert (again.public_id, again.state, again.revision) == (first.public_id, "SENT", 2)
    [seen] = await queries.quotes_of(part.inquiry)
    assert seen.terms is not None
    assert seen.terms.goods_total == Decimal("340.00")
    assert [one.goods_total for one in seen.earlier] == [Decimal("370.00")]
    assert [m["template"] for m in await mails("jonas.petersen@example.com")] == [
        "quote_sent",
        "quote_revised",
    ]


async def test_a_draft_of_a_revision_can_be_dropped(world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    await quote(inquiry, world.ayse, world.towel, send=False)
    await quotes.discard(world.ayse.caller, await received(inquiry, world.ayse))
    assert await state_of("quote") == "SENT"
    assert await count("quote_revision") == 1
    with pytest.raises(Conflict):
        await quotes.discard(world.ayse.caller, await received(inquiry, world.ayse))


async def test_e8_there_is_one_live_quote(world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    with pytest.raises(asyncpg.UniqueViolationError, match="quote_live_unique"):
        await execute(
            """INSERT INTO quote (public_id, number, inquiry, recipient, exporter, state)
            SELECT 'x', 'x', inquiry, recipient, exporter, 'DRAFT' FROM quote"""
        )


async def test_invariant_14_a_version_that_was_seen_before_is_refused(world: World) -> None:
    inquiry = await ask(world)
    saved = await quote(inquiry, world.ayse, world.towel)
    part = await received(inquiry, world.ayse)
    from asking import offered

    await quotes.save(world.ayse.caller, part, offered(world.towel), send=True, version=saved.version)
    with pytest.raises(Conflict, match="in the meantime"):
        await quotes.save(world.ayse.caller, part, offered(world.towel), send=True, version=saved.version)


async def test_withdrawing_opens_the_inquiry_again(world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    await quotes.withdraw(world.ayse.caller, await received(inquiry, world.ayse))
    assert (await state_of("quote"), await state_of("inquiry")) == ("WITHDRAWN", "OPEN")
    assert (await mails("jonas.petersen@example.com"))[-1]["template"] == "quote_withdrawn"
    await quote(inquiry, world.ayse, world.towel)
    assert await state_of("inquiry") == "ANSWERED"
    assert await count("quote") == 2


async def test_i6_a_declined_quote_says_why_to_its_exporter(world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    part = await sent(world, inquiry, world.ayse)
    with pytest.raises(Invalid):
        await quotes.decline(world.buyer.caller, part, " no ")
    await quotes.decline(world.buyer.caller, part, "Too dear for us.")
    assert (await state_of("quote"), await state_of("inquiry")) == ("DECLINED", "OPEN")
    told = (await mails("ayse.yilmaz@example.com"))[-1]
    assert (told["template"], told["context"]["reason"]) == ("quote_declined", "Too dear for us.")


BAD: list[tuple[dict[str, Any], str]] = [
    ({"line": {"quantity": 0}}, "lines.1.quantity"),
    ({"line": {"quantity": 10**12}}, "lines.1.quantity"),
    ({"line": {"unit_price": Decimal("NaN")}}, "lines.1.unit_price"),
    ({"line": {"unit_price": Decimal("0")}}, "lines.1.unit_price"),
    ({"line": {"unit_price": Decimal("1.23456")}}, "lines.1.unit_price"),
    ({"line": {"currency": "USD"}}, "lines.1.currency"),
    ({"line": {"asked": 7}}, "lines.1.asked"),
    ({"line": {"name": ""}}, "lines.1.name"),
    ({"line": {"unit": "QQQ"}}, "lines.1.unit"),
    ({"line": {"quantity": 999_999_999, "unit_price": Decimal("999999")}}, "lines"),
    ({"lines": ()}, "lines"),
    ({"currency": "ABC"}, "currency"),
    ({"incoterm": "ABC"}, "incoterm"),
    ({"place": " "}, "place"),
    ({"valid_until": today() - timedelta(days=1)}, "valid_until"),
    ({"valid_until": today() + timedelta(days=181)}, "valid_until"),
    ({"lead_days": -1}, "lead_days"),
    ({"destination": "TR"}, "destination"),
    ({"charges": {"CUSTOMS": Decimal(5)}}, "charges.CUSTOMS"),
    ({"charges": {"FREIGHT": Decimal("NaN")}}, "charges.FREIGHT"),
]


@pytest.mark.parametrize(("changes", "field"), BAD)
async def test_what_is_wrong_with_a_quote_is_said_beside_its_field(
    world: World, changes: dict[str, Any], field: str
) -> None:
    inquiry = await ask(world)
    with pytest.raises(Invalid) as refused:
        await quote(inquiry, world.ayse, **changes)
    assert set(refused.value.fields) == {field}
    assert await count("quote") == 0


async def test_a_foreign_product_cannot_be_offered(world: World) -> None:
    inquiry = await ask(world)
    with pytest.raises(Invalid) as refused:
        await quote(inquiry, world.ayse, world.oil)
    assert set(refused.value.fields) == {"lines.1.product"}
    assert await count("quote") == 0


async def test_e8_only_verified_firms_send_quotes(world: World) -> None:
    inquiry = await ask(world)
    await execute("UPDATE exporter SET verification = 'EXPIRED' WHERE slug = 'ayse-havlu'")
    with pytest.raises(Conflict, match="verified"):
        await quote(inquiry, world.ayse, world.towel)


async def test_e8_nothing_can_be_quoted_after_the_inquiry_is_closed(world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    part = await sent(world, inquiry, world.ayse)
    await service.close(world.buyer.caller, part, "We bought elsewhere.")
    assert (await state_of("inquiry"), await state_of("quote")) == ("CLOSED", "DECLINED")
    with pytest.raises(Conflict):
        await quote(inquiry, world.can, world.oil)
    with pytest.raises(Conflict):
        await service.close(world.buyer.caller, part)
    assert [m["template"] for m in await mails("can.demir@example.com")] == [
        "inquiry_received",
        "inquiry_closed",
    ]


async def test_a_quote_counts_as_over_before_the_round_has_come(world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    await _let_run_out()
    part = await received(inquiry, world.ayse)
    [seen] = await queries.quotes_of(part.inquiry)
    assert seen.state == "EXPIRED"
    assert await rounds.expire_quotes() == 1
    assert await rounds.expire_quotes() == 0
    assert (await state_of("quote"), await state_of("inquiry")) == ("EXPIRED", "OPEN")
    assert (await mails("jonas.petersen@example.com"))[-1]["template"] == "quote_expired_buyer"
    assert (await mails("ayse.yilmaz@example.com"))[-1]["template"] == "quote_expired"


async def _let_run_out() -> None:
    await execute("UPDATE quote SET valid_until = $1", today() - timedelta(days=1))


async def test_invariant_4_6_an_inquiry_runs_out_after_its_days(world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    await execute("UPDATE inquiry SET expires_at = now() - interval '1 second'")
    part = await received(inquiry, world.ayse)
    assert (await queries.inquiry(part.inquiry)).state == "EXPIRED"
    with pytest.raises(Conflict):
        await quote(inquiry, world.can, world.oil)
    assert await rounds.expire_inquiries() == 1
    assert (await state_of("inquiry"), await state_of("quote")) == ("EXPIRED", "EXPIRED")
    assert (await mails("jonas.petersen@example.com"))[-1]["template"] == "inquiry_expired"


async def test_an_exporter_declines_an_inquiry_with_a_reason(world: World) -> None:
    inquiry = await ask(world)
    part = await received(inquiry, world.can)
    with pytest.raises(Invalid):
        await recipients.decline(world.can.caller, part, "no")
    await recipients.decline(world.can.caller, part, "We make oil, no towels.")
    told = (await mails("jonas.petersen@example.com"))[-1]
    assert (told["template"], told["context"]["who"]) == ("inquiry_declined", "Can Zeytin")
    with pytest.raises(Conflict):
        await recipients.decline(world.can.caller, part, "We make oil, no towels.")
    with pytest.raises(Conflict):
        await quote(inquiry, world.can, world.oil)


def test_invariant_14_the_arrows_are_those_of_the_domain() -> None:
    quote_arrows = {(before, arrow.after) for arrow in states.QUOTE.values() for before in arrow.before}
    assert ("SENT", "REVISED") in quote_arrows
    assert ("REVISED", "SENT") in quote_arrows
    ends = {"ACCEPTED", "DECLINED", "EXPIRED", "WITHDRAWN"}
    assert not [arrow for arrow in quote_arrows if arrow[0] in ends]
    inquiry_arrows = {(before, arrow.after) for arrow in states.INQUIRY.values() for before in arrow.before}
    assert not [arrow for arrow in inquiry_arrows if arrow[0] in {"CONVERTED", "CLOSED", "EXPIRED"}]
    assert not states.may(states.QUOTE, "accept", "SENT", Side.EXPORTER)
    assert not states.may(states.QUOTE, "send", "DRAFT", Side.IMPORTER)


async def test_a_reopened_inquiry_has_no_quote_that_can_be_taken(world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    await quote(inquiry, world.can, world.oil)
    await quotes.withdraw(world.ayse.caller, await received(inquiry, world.ayse))
    assert await state_of("inquiry") == "ANSWERED"
    async with connection() as conn:
        await endings.reopen(conn, await fetchval("SELECT id FROM inquiry"))
    assert await state_of("inquiry") == "ANSWERED"


def test_lines_need_no_product() -> None:
    assert OfferedLine(quantity=1, unit_price=Decimal(1)).product is None


async def test_a_quote_names_certificates_that_the_firm_holds_and_no_others(world: World) -> None:
    inquiry = await ask(world)
    part = await received(inquiry, world.ayse)
    await execute(
        """INSERT INTO certificate (exporter, standard, issuer, valid_until) VALUES
        ($1, 'ISO 9001', 'TÜV', current_date + 10), ($1, 'ISO 22000', 'TÜV', current_date - 1)""",
        world.ayse.membership.exporter,
    )
    for wrong in ("ISO 22000", "ISO 14001"):
        with pytest.raises(Invalid) as refused:
            await quotes.save(world.ayse.caller, part, offered(world.towel, certificates=(wrong,)), send=True)
        assert set(refused.value.fields) == {"certificates"}
    await quotes.save(world.ayse.caller, part, offered(world.towel, certificates=("ISO 9001",)), send=True)
    [found] = await queries.quotes_to(part.recipient or 0, "IMPORTER")
    assert found.terms is not None
    assert found.terms.certificates == ("ISO 9001",)
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute("UPDATE quote_revision SET certificates = '{}' WHERE sent_at IS NOT NULL")
