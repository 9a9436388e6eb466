"""Money and weight of trade attacked: the last digit at a limit, amounts that round to nothing, figures beyond all."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from asking import HOME, ask, make_world, quote, sent
from factories import make_product
from hypothesis import given
from hypothesis import strategies as st
from ordering import Trade, a_trade, an_order, side_of
from people import count

from kervan.db import execute, fetchval
from kervan.errors import Invalid, KervanError
from kervan.inquiries import accepting
from kervan.orders import offers
from kervan.orders.deadlines import today
from kervan.orders.errors import Refused
from kervan.orders.judging import Fx, in_eur
from kervan.orders.offers import Offer, OfferedLine
from kervan.orders.structs import WantedLine
from kervan.policies.rates import refresh
from kervan.trade.money import exponent, places

with_db = pytest.mark.usefixtures("db")

LIMIT = Decimal("30000.00")


@given(
    amount=st.decimals(min_value=0, max_value=10**9, places=3),
    rate=st.decimals(min_value="0.0001", max_value=10**6, places=6),
)
def test_invariant_1_no_amount_is_rounded_under_the_limit(amount: Decimal, rate: Decimal) -> None:
    """Whatever the rate: what is above a limit by the smallest part of a cent is above it in EUR, too."""
    eur = in_eur(amount, Fx(eur_rate=rate, date=today(), source="ECB"))
    exact = Fraction(amount) / Fraction(rate)
    assert Fraction(eur) >= exact, "never less than it is"
    assert Fraction(eur) - exact < Fraction(1, 10_000) + exact / 10**20
    assert (eur > LIMIT) >= (exact > Fraction(LIMIT))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.50", 1), ("100", 0), ("1E+5", 0), ("0.000", 0), ("-0.05", 2), ("1E-999999999", 999_999_999),
        ("0." + "0" * 60 + "1", 61), ("1." + "0" * 60, 0), ("0.1" + "0" * 40 + "1", 42),
    ],
)  # fmt: skip
def test_digits_after_the_mark_are_counted_exactly(text: str, expected: int) -> None:
    assert places(Decimal(text)) == expected


async def an_offer(trade: Trade, order: str, version: int = 1, **line: Any) -> Any:
    seller, selling = await side_of(trade, order, "EXPORTER")
    values: dict[str, Any] = {"number": 1, "quantity": 100, "unit_price": Decimal("4.20"), **line}
    charges = values.pop("charges", {})
    return await offers.counter(
        seller,
        selling,
        version,
        Offer(lines=(OfferedLine(**values),), incoterm="DAP", place="Hamburg", charges=charges),
    )


@with_db
@pytest.mark.parametrize(
    ("currency", "rate", "most"),
    [
        ("USD", "1.163700", "34911.00"),
        ("USD", "1.000001", "30000.03"),
        ("JPY", "181.270000", "5438100"),
        ("KWD", "0.357123", "10713.690"),
    ],
)
async def test_invariant_1_the_last_digit_of_every_currency_counts_at_the_limit(
    currency: str, rate: str, most: str
) -> None:
    await execute(
        "INSERT INTO fx_rate (day, currency, eur_rate, bank, source) VALUES ($1, $2, $3, $4, 'test')",
        today(),
        currency,
        Decimal(rate),
        "TCMB" if currency == "KWD" else "ECB",
    )
    await refresh()
    one = Decimal(1).scaleb(-exponent(currency))
    trade = await a_trade(currency=currency, moq=1, step=1, tiers=((1, Decimal(1)),))
    made = await an_order(trade, quantity=1)
    with pytest.raises(Refused):
        await an_offer(trade, made.public_id, quantity=1, unit_price=Decimal(most) + one)
    with pytest.raises(Refused):
        await an_offer(trade, made.public_id, quantity=1, unit_price=Decimal(most), charges={"FREIGHT": one})
    await an_offer(trade, made.public_id, quantity=1, unit_price=Decimal(most))
    assert await fetchval("SELECT state FROM trade_order") == "COUNTERED"


@with_db
async def test_a_discount_lowers_the_value_and_never_below_what_can_be_written() -> None:
    trade = await a_trade()
    made = await an_order(trade)
    for line, field in (
        ({"discount": Decimal("420.00")}, "discount.1"),
        ({"discount": Decimal("500.00")}, "discount.1"),
        ({"discount": Decimal("-1")}, "discount.1"),
        ({"discount": Decimal("0.001")}, "discount.1"),
        ({"discount": Decimal("NaN")}, "discount.1"),
        ({"unit_price": Decimal("0.00001")}, "price.1"),
        ({"unit_price": Decimal("1E-999999999")}, "price.1"),
        ({"unit_price": Decimal("0")}, "price.1"),
        ({"unit_price": Decimal("-4.20")}, "price.1"),
        ({"unit_price": Decimal("1E+30")}, "price.1"),
        ({"unit_price": Decimal("0.0001"), "quantity": 1}, "price.1"),
        ({"unit_price": Decimal("0.0149"), "quantity": 1, "discount": Decimal("0.01")}, "discount.1"),
        ({"quantity": -1}, "quantity.1"),
        ({"quantity": 10**12}, "quantity.1"),
        ({"number": 2}, "lines"),
        ({"charges": {"CUSTOMS": Decimal(5)}}, "charges.CUSTOMS"),
        ({"charges": {"FREIGHT": Decimal("0.001")}}, "charges.FREIGHT"),
    ):
        with pytest.raises(Invalid) as refused:
            await an_offer(trade, made.public_id, **line)
        assert list(refused.value.fields) == [field], line
    assert await fetchval("SELECT state FROM trade_order") == "SUBMITTED"


@with_db
async def test_the_same_line_twice_is_no_offer() -> None:
    trade = await a_trade()
    made = await an_order(trade)
    seller, selling = await side_of(trade, made.public_id, "EXPORTER")
    line = OfferedLine(number=1, quantity=50, unit_price=Decimal("4.20"))
    with pytest.raises(Invalid):
        await offers.counter(seller, selling, 1, Offer(lines=(line, line), incoterm="DAP"))


@with_db
async def test_goods_that_come_to_nothing_are_not_ordered_and_many_of_them_are() -> None:
    trade = await a_trade(tiers=((1, Decimal("0.0049")),), moq=1, step=1)
    with pytest.raises(Invalid) as refused:
        await an_order(trade, quantity=1)
    assert list(refused.value.fields) == [f"quantity.{trade.product}"]
    assert await count("trade_order") == 0
    await an_order(trade, quantity=1000)
    assert await fetchval("SELECT goods_total FROM trade_order") == Decimal("4.9")


@with_db
async def test_figures_beyond_everything_are_refused_by_the_law_not_by_the_database() -> None:
    trade = await a_trade(
        tiers=((50, Decimal("9999999.9999")),), gross_weight_g=2_000_000_000, net_weight_g=1
    )
    with pytest.raises(Refused) as refused:
        await an_order(trade, quantity=999_999_990)
    assert refused.value.verdict.left_g is not None
    assert await count("trade_order") == 0


@with_db
async def test_a_quote_beyond_everything_is_kept_and_becomes_a_deal() -> None:
    world = await make_world()
    await make_product(world.ayse.firm.entity, "HV-9", gross_weight_g=2_000_000_000)
    towel = await fetchval("SELECT public_id FROM product WHERE sku = 'HV-9'")
    inquiry = await ask(world)
    line = {"quantity": 999_999_999, "unit_price": Decimal("99.9999")}
    saved = await quote(inquiry, world.ayse, towel, line=line)
    made = await accepting.accept(
        world.buyer.caller, await sent(world, inquiry, world.ayse), saved.revision, HOME
    )
    assert (made.order, made.deal is not None) == (None, True)
    for line in (
        {"quantity": 999_999_999, "unit_price": Decimal("999999999.9999")},
        {"unit_price": Decimal("0.00005")},
    ):
        with pytest.raises(Invalid):
            await quote(await ask(world), world.ayse, world.towel, line=line)


@with_db
async def test_a_quote_cannot_hide_what_its_charges_add() -> None:
    """The goods alone would fit; goods and freight do not: a deal, no order."""
    world = await make_world()
    inquiry = await ask(world)
    saved = await quote(
        inquiry,
        world.ayse,
        world.towel,
        line={"unit_price": Decimal("299.99")},
        charges={"FREIGHT": Decimal("2.00")},
    )
    made = await accepting.accept(
        world.buyer.caller, await sent(world, inquiry, world.ayse), saved.revision, HOME
    )
    assert made.order is None


@with_db
async def test_an_order_cut_into_lines_weighs_what_it_weighs() -> None:
    trade = await a_trade(gross_weight_g=5_999, net_weight_g=5_000, tiers=((50, Decimal("1.00")),))
    second = await make_product(trade.exporter, "HV-2", gross_weight_g=5_999, net_weight_g=5_000)
    other = await fetchval("SELECT public_id FROM product WHERE id = $1", second)
    for quantities, fits in (((50, 50), True), ((50, 60), False)):
        lines = tuple(
            WantedLine(product=product, quantity=quantity)
            for product, quantity in zip((trade.product, other), quantities, strict=True)
        )
        try:
            await an_order(trade, f"k-{quantities}", lines=lines)
        except KervanError as error:
            assert isinstance(error, Refused)
            assert not fits
        else:
            assert fits
