"""Papers that keep every rule, with whatever the world puts into them."""

from decimal import ROUND_HALF_UP, Decimal

from documents.papers import BUYER, SELLER, line, paper, rate
from hypothesis import strategies as st
from msgspec.structs import replace

from kervan.documents.rules import CHARGES, PACKAGE_KINDS, TRANSPORT_MODES
from kervan.documents.structs import Address, Line, Paper, Party
from kervan.orders.incoterms import INCOTERMS
from kervan.trade import countries, money, units

NASTY = (
    "Çay & kahve <b>takımı</b>",
    "\"tırnak\" 'kesme' ]]> <!-- -->",
    "IĞDIR'da İpek ığıl ÎÂÛ",
    "طقم شاي من النحاس",
    "🫖 bakır çaydanlık 🇹🇷",
    "satır\nbaşı\tsekme\r\nson",
    "kontrol\x00\x08\x1b\x7f işareti",
    "ters \u202eçevrilmiş\u202c metin",
    "yarım \ud83d harf \ufffe",
    "１２３ ٤٥٦",
    "x" * 300,
    "İ" * 300,
)
_NAMES = st.one_of(
    st.sampled_from(NASTY),
    st.text(min_size=1, max_size=300).map(lambda text: f"Havlu {text}"),
)
_TEXTS = st.one_of(st.just(""), _NAMES)
_ABROAD = sorted(countries.country_codes() - {"TR"})
_PRICES = st.decimals(Decimal("0.0001"), Decimal("99999.9999"), places=4)
_RATES = {"USD": "41.2", "EUR": "48.127543", "GBP": "55.01", "JPY": "0.275319"}


@st.composite
def _lines(draw: st.DrawFn, number: int, currency: str) -> Line:
    digits = money.exponent(currency)
    quantity = draw(st.integers(1, 100_000))
    price = draw(_PRICES)
    # A line is worth something once it is rounded: 1 piece of 0.0001 EUR cannot be sold.
    least = Decimal(1).scaleb(-digits)
    worth = quantity * price
    if worth < least:
        price, worth = least, quantity * least
    most = max(Decimal(0), worth - least).quantize(Decimal("0.01"), ROUND_HALF_UP)
    discount = draw(st.one_of(st.just(Decimal(0)), st.decimals(0, most, places=2)))
    if money.quantize(worth - discount, currency) <= 0:
        discount = Decimal(0)
    net = draw(st.integers(1, 300_000))
    return line(
        number,
        sku=draw(st.from_regex(r"[A-ZÇİÖŞÜ0-9&<]{1,20}", fullmatch=True)),
        name_tr=draw(_NAMES),
        name=draw(_NAMES),
        gtip=draw(st.sampled_from(("630260000011", "010121000000", "970191000000", "741999900019"))),
        origin=draw(st.sampled_from(sorted(countries.country_codes()))),
        quantity=quantity,
        unit=draw(st.sampled_from(sorted(units.units()))),
        unit_price=price,
        discount=discount,
        amount=money.quantize(worth - discount, currency),
        net_g=net,
        gross_g=net + draw(st.integers(0, 5_000)),
        packages=draw(st.one_of(st.none(), st.integers(1, 99))),
    )


@st.composite
def _parties(draw: st.DrawFn, person: bool) -> Party:
    return Party(
        name=draw(_NAMES),
        address=Address(
            street=draw(_NAMES),
            city=draw(_NAMES),
            region=draw(_TEXTS),
            postcode=draw(st.sampled_from(("", "20095", "SW1A 1AA", "１０１"))),
            country=draw(st.sampled_from(_ABROAD)),
        ),
        number=draw(st.one_of(st.none(), _NAMES)),
        contact=draw(_TEXTS),
        email=BUYER.email,
        phone=draw(st.sampled_from((None, "+49 40 5550101", "٠١٢٣"))),
        is_person=person,
    )


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    """An invoice that the rules let pass: any currency, charges, Incoterm, mode and country, and nasty texts."""
    currency = draw(st.sampled_from(("EUR", "USD", "GBP", "JPY", "TRY")))
    lines = [draw(_lines(number, currency)) for number in range(1, draw(st.integers(1, 4)) + 1)]
    digits = money.exponent(currency)
    amounts = st.decimals(Decimal(1).scaleb(-digits), Decimal(9999), places=digits)
    kinds = draw(st.lists(st.sampled_from(sorted(CHARGES)), unique=True, max_size=4))
    buyer = draw(_parties(draw(st.booleans())))
    seller = draw(
        st.sampled_from((SELLER, Party(name=SELLER.name, address=SELLER.address, tckn="27193465096")))
    )
    return paper(
        lines,
        {kind: draw(amounts) for kind in kinds},
        seller=replace(seller, tax_office=draw(_NAMES)),
        buyer=buyer,
        consignee=draw(st.one_of(st.just(buyer), _parties(False))),
        currency=currency,
        try_rate=rate(currency, _RATES[currency]) if currency != "TRY" else None,
        incoterm=draw(st.sampled_from(sorted(INCOTERMS))),
        place=draw(_NAMES),
        transport_mode=draw(st.sampled_from(sorted(TRANSPORT_MODES))),
        package_kind=draw(st.sampled_from(sorted(PACKAGE_KINDS))),
        packages=draw(st.one_of(st.none(), st.integers(1, 500))),
        payment_terms=draw(_TEXTS),
        note=draw(_TEXTS),
        carrier=draw(_TEXTS),
        waybill=draw(_TEXTS),
        etgb_number=draw(st.sampled_from(("", "26341300BG00012345"))),
    )
