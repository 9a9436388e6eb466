"""Numbers of firms: what each country offers, and the traps of the package that checks them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.trade import firm_numbers
from kervan.trade.countries import country_codes
from kervan.trade.errors import TradeError

# From the package's own documentation: numbers with correct check digits.
CORRECT = [
    ("DE", "eu_vat", "129273398", "DE129273398"),
    ("DE", "eu_vat", " de 129.273.398 ", "DE129273398"),
    ("FR", "eu_vat", "FR 61 954 506 077", "FR61954506077"),
    ("IT", "eu_vat", "IT 00743110157", "IT00743110157"),
    ("ES", "eu_vat", "B-58378431", "ESB58378431"),
    ("NL", "eu_vat", "004495445B01", "NL004495445B01"),
    ("AT", "eu_vat", "ATU 57194903", "ATU57194903"),
    ("BE", "eu_vat", "BE697449992", "BE0697449992"),
    ("PL", "eu_vat", "PL 8567346215", "PL8567346215"),
    ("RO", "eu_vat", "RO 185 472 90", "RO18547290"),
    ("GR", "eu_vat", "GR 094259216", "EL094259216"),
    ("GR", "eu_vat", "094259216", "EL094259216"),
    ("FR", "fr_siren", "552 008 443", "552008443"),
    ("FR", "fr_siret", "73282932000074", "73282932000074"),
    ("GB", "gb_vat", "GB 980 7806 84", "GB980780684"),
    ("GB", "gb_vat", "XI980780684", "XI980780684"),
    ("CH", "ch_uid", "CHE-100.155.212", "CHE100155212"),
    ("NO", "no_orgnr", "988 077 917", "988077917"),
    ("RU", "ru_inn", "1234567894", "1234567894"),
    ("UA", "ua_edrpou", "32855961", "32855961"),
    ("CN", "cn_uscc", "91110000600037341L", "91110000600037341L"),
    ("IN", "in_gstin", "27AAPFU0939F1ZV", "27AAPFU0939F1ZV"),
    ("BR", "br_cnpj", "16.727.230/0001-97", "16727230000197"),
    ("AU", "au_abn", "83 914 571 673", "83914571673"),
    ("JP", "jp_cn", "5-8356-7825-6246", "5835678256246"),
    ("IL", "il_hp", "516179157", "516179157"),
    ("AZ", "az_voen", "140 155 5071", "1401555071"),
    ("RS", "rs_pib", "101134702", "101134702"),
    ("AR", "ar_cuit", "20-05536168-2", "20055361682"),
    ("CL", "cl_rut", "76086428-5", "760864285"),
    ("ZA", "za_tin", "0001339050", "0001339050"),
    ("TR", "tr_vkn", "454 053 69 20", "4540536920"),
    ("AE", "lei", "213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D15"),
]


@pytest.mark.parametrize(("country", "scheme", "typed", "number"), CORRECT)
def test_a_correct_number_is_kept_in_one_form_and_certain(
    country: str, scheme: str, typed: str, number: str
) -> None:
    assert scheme in {offered.code for offered in firm_numbers.schemes(country)}
    assert firm_numbers.check(scheme, typed, country) == firm_numbers.Checked(number, certain=True)
    assert firm_numbers.check(scheme, number, country).number == number


@pytest.mark.parametrize(("country", "scheme", "typed", "number"), CORRECT)
def test_digits_of_other_scripts_come_out_as_ascii(
    country: str, scheme: str, typed: str, number: str
) -> None:
    for zero in ("０", "٠", "०"):
        strange = "".join(chr(ord(zero) + int(char)) if char.isdigit() else char for char in typed)
        assert firm_numbers.check(scheme, strange, country).number == number


@pytest.mark.parametrize(("country", "scheme", "typed", "number"), CORRECT)
def test_one_wrong_digit_is_found(country: str, scheme: str, typed: str, number: str) -> None:
    """Of the nine other digits at a place hardly any passes: check digits are modulo 10 or more."""
    place = next(i for i in range(len(number) // 2, len(number)) if number[i].isdigit())
    refused = 0
    for digit in "0123456789".replace(number[place], ""):
        try:
            firm_numbers.check(scheme, number[:place] + digit + number[place + 1 :], country)
        except TradeError:
            refused += 1
    assert refused >= 8


@pytest.mark.parametrize(
    ("country", "scheme", "typed", "number"),
    [
        ("US", "us_ein", "91-1144442", "911144442"),
        ("MX", "mx_rfc", "MAB-930714-8T4", "MAB9307148T4"),
        ("EG", "eg_tn", "100-531-385", "100531385"),
        ("KR", "kr_brn", "116-82-00276", "1168200276"),
        ("DE", "de_hr", "Aachen HRA 11223", "Aachen HRA 11223"),
        ("DE", "eori", "de 123-4567", "DE1234567"),
        ("DE", "eori", "GB123456789000", "GB123456789000"),
        ("TR", "eori", "DE1234567", "DE1234567"),
        ("SA", "duns", "15-048-3782", "150483782"),
        ("SA", "other", "  1010 010-030 ", "1010 010-030"),
    ],
)
def test_where_only_the_form_is_known_the_number_is_kept_as_not_certain(
    country: str, scheme: str, typed: str, number: str
) -> None:
    assert firm_numbers.check(scheme, typed, country) == firm_numbers.Checked(number, certain=False)


@pytest.mark.parametrize(
    ("country", "scheme", "typed"),
    [
        ("DE", "eu_vat", "FR61954506077"),
        ("DE", "eu_vat", "129273399"),
        ("DE", "eu_vat", "²²²²²²²²²"),
        ("US", "us_ein", "07-1144442"),
        ("CN", "cn_uscc", "A1110000600037341L"),
        ("DE", "eori", "FR1234567"),
        ("TR", "eori", "TR1234567"),
        ("DE", "eori", "DE"),
        ("DE", "eori", "DE1234567890123456"),
        ("FR", "lei", "213800KUD8LXJWSQ9D15"),
        ("FR", "duns", "12345678"),
        ("FR", "duns", "000000000"),
        ("TR", "tr_vkn", "4444444444"),
        ("SA", "other", ""),
        ("SA", "other", "   "),
        ("SA", "other", "1" * 41),
        ("SA", "other", "10\x0010"),
    ],
)
def test_a_number_that_a_rule_refuses_is_refused(country: str, scheme: str, typed: str) -> None:
    with pytest.raises(TradeError):
        firm_numbers.check(scheme, typed, country)


def test_a_scheme_that_the_country_does_not_know_keeps_what_was_typed() -> None:
    for scheme, country in (("us_ein", "DE"), ("eu_vat", "US"), ("made_up", "TR"), ("eu_vat", "ZZ")):
        assert firm_numbers.check(scheme, "A 1", country) == firm_numbers.Checked("A 1", certain=False)


def test_every_country_offers_its_own_numbers_first_and_another_one_last() -> None:
    for country in country_codes():
        codes = [scheme.code for scheme in firm_numbers.schemes(country)]
        assert len(set(codes)) == len(codes)
        assert codes[-3:] == ["lei", "duns", "other"]
    assert [scheme.code for scheme in firm_numbers.schemes("AE")] == ["lei", "duns", "other"]
    assert [scheme.code for scheme in firm_numbers.schemes("FR")][:4] == [
        "eu_vat", "fr_siren", "fr_siret", "eori",
    ]  # fmt: skip
    assert [scheme.code for scheme in firm_numbers.schemes("US")][0] == "us_ein"
    assert [scheme.code for scheme in firm_numbers.schemes("TR")][0] == "tr_vkn"


def test_all_27_members_of_the_union_have_vat_numbers_that_can_be_checked() -> None:
    members = [c for c in country_codes() if "eu_vat" in {s.code for s in firm_numbers.schemes(c)}]
    assert len(members) == 27
    for country in members:
        with pytest.raises(TradeError):
            firm_numbers.check("eu_vat", "1", country)


_OFFERED = [
    (country, scheme.code) for country in sorted(country_codes()) for scheme in firm_numbers.schemes(country)
]
_TYPED = st.text(max_size=45) | st.from_regex(r"\A[A-Z]{0,4}[0-9]{5,15}[A-Z]{0,3}\Z")


@given(st.sampled_from(_OFFERED), _TYPED)
def test_whatever_is_typed_is_kept_or_refused_with_a_sentence(offered: tuple[str, str], typed: str) -> None:
    country, scheme = offered
    try:
        checked = firm_numbers.check(scheme, typed, country)
    except TradeError as refusal:
        assert str(refusal).endswith(".")
        return
    assert 0 < len(checked.number) <= firm_numbers.LONGEST
    assert checked.number.isprintable()
    assert checked.number.isascii() or not checked.certain
    assert firm_numbers.check(scheme, checked.number, country) == checked
