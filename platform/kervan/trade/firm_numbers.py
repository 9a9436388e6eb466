"""Numbers by which the world knows a firm: VAT, tax and register numbers per country, EORI, LEI, D-U-N-S."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from stdnum.eu.vat import MEMBER_STATES
from stdnum.exceptions import ValidationError

from kervan.trade import identifiers
from kervan.trade.errors import N_, TradeError, ascii_digits

OTHER = "other"
LONGEST = 40

_EU_VAT = "eu_vat"
_EU = frozenset(code.upper() for code in MEMBER_STATES if code != "xi")
# Where the prefix is not the ISO code (Directive 2006/112/EC, Article 215).
_VAT_PREFIX = {"GR": "EL"}
# Great Britain and, for goods, Northern Ireland have EORI numbers of their own.
_BRITISH_EORI = ("GB", "XI")


@dataclass(frozen=True, slots=True)
class Scheme:
    """A kind of number: a code to keep and a name to show (an English msgid, acronyms as they are used)."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A number as it is kept; `certain` when check digits prove that it was typed correctly."""

    number: str
    certain: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    scheme: Scheme
    module: str
    has_check_digits: bool = True


def _rule(code: str, name: str, module: str, has_check_digits: bool = True) -> _Rule:
    return _Rule(Scheme(code, name), module, has_check_digits)


_VAT_NAME = N_("VAT number")

# Country: the numbers that python-stdnum knows for firms there, the likeliest first. Last column: whether
# its rule has check digits. Mexico's are not asked for: many valid RFC fail them, says the package.
_NATIONAL: dict[str, tuple[_Rule, ...]] = {
    "AD": (_rule("ad_nrt", N_("NRT (Andorra tax number)"), "ad.nrt", False),),
    "AL": (_rule("al_nipt", N_("NIPT (Albania tax number)"), "al.nipt", False),),
    "AR": (_rule("ar_cuit", N_("CUIT (Argentina tax number)"), "ar.cuit"),),
    "AT": (_rule("at_fn", N_("Firmenbuch number (Austria register)"), "at.businessid", False),),
    "AU": (
        _rule("au_abn", N_("ABN (Australian Business Number)"), "au.abn"),
        _rule("au_acn", N_("ACN (Australian Company Number)"), "au.acn"),
    ),
    "AZ": (_rule("az_voen", N_("VÖEN (Azerbaijan tax number)"), "az.voen"),),
    "BR": (_rule("br_cnpj", N_("CNPJ (Brazil company number)"), "br.cnpj"),),
    "BY": (_rule("by_unp", N_("UNP (Belarus tax number)"), "by.unp"),),
    "CA": (_rule("ca_bn", N_("BN (Canadian Business Number)"), "ca.bn"),),
    "CH": (
        _rule("ch_uid", N_("UID (Swiss company number)"), "ch.uid"),
        _rule("ch_vat", _VAT_NAME, "ch.vat"),
    ),
    "CL": (_rule("cl_rut", N_("RUT (Chile tax number)"), "cl.rut"),),
    "CN": (_rule("cn_uscc", N_("Unified Social Credit Code (China)"), "cn.uscc"),),
    "CO": (_rule("co_nit", N_("NIT (Colombia tax number)"), "co.nit"),),
    "CR": (_rule("cr_cpj", N_("Cédula jurídica (Costa Rica)"), "cr.cpj", False),),
    "DE": (
        _rule(
            "de_hr",
            N_("Handelsregister number (Germany, as Hamburg HRB 12345)"),
            "de.handelsregisternummer",
            False,
        ),
    ),
    "DO": (_rule("do_rnc", N_("RNC (Dominican Republic tax number)"), "do.rnc"),),
    "DZ": (_rule("dz_nif", N_("NIF (Algeria tax number)"), "dz.nif", False),),
    "EC": (_rule("ec_ruc", N_("RUC (Ecuador tax number)"), "ec.ruc"),),
    "EE": (_rule("ee_registrikood", N_("Registrikood (Estonia register)"), "ee.registrikood"),),
    "EG": (_rule("eg_tn", N_("Tax registration number (Egypt)"), "eg.tn", False),),
    "FI": (_rule("fi_ytunnus", N_("Y-tunnus (Finland business number)"), "fi.ytunnus"),),
    "FO": (_rule("fo_vn", N_("V-number (Faroe Islands tax number)"), "fo.vn", False),),
    "FR": (
        _rule("fr_siren", N_("SIREN (France company number)"), "fr.siren"),
        _rule("fr_siret", N_("SIRET (France, number of an establishment)"), "fr.siret"),
    ),
    "GB": (
        _rule("gb_vat", _VAT_NAME, "gb.vat"),
        _rule("gb_utr", N_("UTR (United Kingdom tax reference)"), "gb.utr"),
    ),
    "GH": (_rule("gh_tin", N_("TIN (Ghana tax number)"), "gh.tin"),),
    "GN": (_rule("gn_nifp", N_("NIFp (Guinea tax number)"), "gn.nifp"),),
    "GT": (_rule("gt_nit", N_("NIT (Guatemala tax number)"), "gt.nit"),),
    "ID": (_rule("id_npwp", N_("NPWP (Indonesia tax number)"), "id.npwp", False),),
    "IL": (_rule("il_hp", N_("Company number (Israel)"), "il.hp"),),
    "IM": (_rule("gb_vat", _VAT_NAME, "gb.vat"),),
    "IN": (
        _rule("in_gstin", N_("GSTIN (India GST number)"), "in_.gstin"),
        _rule("in_pan", N_("PAN (India income tax number)"), "in_.pan", False),
    ),
    "IS": (_rule("is_vsk", N_("VSK number (Iceland VAT)"), "is_.vsk", False),),
    "JP": (_rule("jp_cn", N_("Corporate Number (Japan)"), "jp.cn"),),
    "KE": (_rule("ke_pin", N_("PIN (Kenya tax number)"), "ke.pin", False),),
    "KR": (_rule("kr_brn", N_("Business Registration Number (South Korea)"), "kr.brn", False),),
    "LI": (_rule("ch_uid", N_("UID (Swiss company number)"), "ch.uid"),),
    "MA": (_rule("ma_ice", N_("ICE (Morocco company number)"), "ma.ice"),),
    "MC": (_rule("mc_tva", _VAT_NAME, "mc.tva"),),
    "MD": (_rule("md_idno", N_("IDNO (Moldova company number)"), "md.idno"),),
    "ME": (_rule("me_pib", N_("PIB (Montenegro tax number)"), "me.pib"),),
    "MK": (_rule("mk_edb", N_("EDB (North Macedonia tax number)"), "mk.edb"),),
    "MX": (_rule("mx_rfc", N_("RFC (Mexico tax number)"), "mx.rfc", False),),
    "MZ": (_rule("mz_nuit", N_("NUIT (Mozambique tax number)"), "mz.nuit"),),
    "NO": (
        _rule("no_orgnr", N_("Organisation number (Norway)"), "no.orgnr"),
        _rule("no_mva", _VAT_NAME, "no.mva"),
    ),
    "NZ": (_rule("nz_ird", N_("IRD number (New Zealand)"), "nz.ird"),),
    "PE": (_rule("pe_ruc", N_("RUC (Peru tax number)"), "pe.ruc"),),
    "PL": (_rule("pl_regon", N_("REGON (Poland register)"), "pl.regon"),),
    "PY": (_rule("py_ruc", N_("RUC (Paraguay tax number)"), "py.ruc"),),
    "RO": (_rule("ro_cui", N_("CUI (Romania company number)"), "ro.cui"),),
    "RS": (_rule("rs_pib", N_("PIB (Serbia tax number)"), "rs.pib"),),
    "RU": (
        _rule("ru_inn", N_("INN (Russia tax number)"), "ru.inn"),
        _rule("ru_ogrn", N_("OGRN (Russia register)"), "ru.ogrn"),
    ),
    "SE": (_rule("se_orgnr", N_("Organisation number (Sweden)"), "se.orgnr"),),
    "SG": (_rule("sg_uen", N_("UEN (Singapore entity number)"), "sg.uen"),),
    "SM": (_rule("sm_coe", N_("COE (San Marino tax number)"), "sm.coe", False),),
    "SN": (_rule("sn_ninea", N_("NINEA (Senegal company number)"), "sn.ninea"),),
    "SV": (_rule("sv_nit", N_("NIT (El Salvador tax number)"), "sv.nit"),),
    "TH": (_rule("th_tin", N_("TIN (Thailand tax number)"), "th.tin"),),
    "TN": (_rule("tn_mf", N_("Matricule fiscal (Tunisia tax number)"), "tn.mf", False),),
    "TW": (_rule("tw_ubn", N_("Unified Business Number (Taiwan)"), "tw.ubn"),),
    "UA": (
        _rule("ua_edrpou", N_("EDRPOU (Ukraine company number)"), "ua.edrpou"),
        _rule("ua_rntrc", N_("RNTRC (Ukraine, tax number of a person)"), "ua.rntrc"),
    ),
    "US": (_rule("us_ein", N_("EIN (United States employer number)"), "us.ein", False),),
    "UY": (_rule("uy_rut", N_("RUT (Uruguay tax number)"), "uy.rut"),),
    "VE": (_rule("ve_rif", N_("RIF (Venezuela tax number)"), "ve.rif"),),
    "VN": (_rule("vn_mst", N_("MST (Vietnam tax number)"), "vn.mst"),),
    "ZA": (_rule("za_tin", N_("TIN (South Africa tax number)"), "za.tin"),),
}

_VKN = Scheme("tr_vkn", N_("Tax number (VKN)"))
_EORI = Scheme("eori", N_("EORI number"))
_EVERYWHERE = (
    Scheme("lei", N_("LEI (Legal Entity Identifier)")),
    Scheme("duns", N_("D-U-N-S number")),
    Scheme(OTHER, N_("Another number")),
)


@cache
def schemes(country: str) -> tuple[Scheme, ...]:
    """The kinds of number that a firm of the country may give, the likeliest first; `other` is always last."""
    found: list[Scheme] = []
    if country == "TR":
        found.append(_VKN)
    if country in _EU:
        found.append(Scheme(_EU_VAT, _VAT_NAME))
    found += [rule.scheme for rule in _NATIONAL.get(country, ())]
    if country in _EU or country in ("GB", "IM", "MC"):
        found.append(_EORI)
    return (*found, *_EVERYWHERE)


def check(scheme: str, text: str, country: str) -> Checked:
    """The number without its spaces and dots, in capitals, a VAT number of the EU with its prefix.

    A scheme or country that is not known here keeps what was typed, tidied, as not certain. TradeError when
    a rule says that the number cannot be, and for none or more than 40 characters.
    """
    typed = " ".join(ascii_digits(unicodedata.normalize("NFKC", text)).split())
    if not typed:
        raise TradeError(N_("Enter the number."))
    if len(typed) > LONGEST or not typed.isprintable():
        raise TradeError(N_("A company number has at most {count} characters."), count=LONGEST)
    if scheme == _VKN.code and country == "TR":
        return Checked(identifiers.vkn(typed), certain=True)
    if scheme == _EU_VAT and country in _EU:
        return Checked(_eu_vat(typed, country), certain=True)
    if scheme == "gb_vat" and country in ("GB", "IM"):
        number = _by_stdnum("gb.vat", typed)
        # Northern Ireland writes XI where it trades goods with the union.
        return Checked(("XI" if typed[:2].upper() == "XI" else "GB") + number, certain=True)
    if scheme == _EORI.code:
        return Checked(_eori(typed, country), certain=False)
    if scheme == "lei":
        return Checked(_by_stdnum("lei", typed), certain=True)
    if scheme == "duns":
        return Checked(_duns(typed), certain=False)
    for rule in _NATIONAL.get(country, ()):
        if rule.scheme.code == scheme:
            return Checked(_by_stdnum(rule.module, typed), certain=rule.has_check_digits)
    return Checked(typed, certain=False)


def _by_stdnum(module: str, typed: str) -> str:
    try:
        number = str(import_module(f"stdnum.{module}").validate(typed))
    except ValidationError as error:
        raise _wrong() from error
    if not number or len(number) > LONGEST:
        raise _wrong()
    return number


def _eu_vat(typed: str, country: str) -> str:
    prefix = _VAT_PREFIX.get(country, country)
    number = _by_stdnum(_vat_module(country), typed)
    return number if number.startswith(prefix) else prefix + number


@cache
def _vat_module(country: str) -> str:
    return f"{country.casefold()}.{_VAT_MODULES.get(country, 'vat')}"


# Where the package files the VAT number under its local name.
_VAT_MODULES = {
    "AT": "uid", "CZ": "dic", "DK": "cvr", "EE": "kmkr", "ES": "nif", "FI": "alv", "FR": "tva", "HR": "oib",
    "HU": "anum", "IT": "iva", "LT": "pvm", "LU": "tva", "LV": "pvn", "NL": "btw", "PL": "nip", "PT": "nif",
    "RO": "cf", "SI": "ddv", "SK": "dph",
}  # fmt: skip


def _eori(typed: str, country: str) -> str:
    """Two letters of the country that gave it and up to 15 letters or digits (Regulation (EU) 2015/2446)."""
    number = re.sub(r"[ .\-/]", "", typed).upper()
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{1,15}", number):
        raise TradeError(N_("An EORI number is two letters for the country and up to 15 letters or digits."))
    # Firms outside the union get theirs from the member with whose customs they first deal.
    given_by = {country, *_BRITISH_EORI} if country in _EU else {*_EU, *_BRITISH_EORI}
    if number[:2] not in given_by:
        raise TradeError(N_("An EORI number begins with the letters of the country that gave it."))
    return number


def _duns(typed: str) -> str:
    digits = re.sub(r"[ \-]", "", typed)
    if not re.fullmatch(r"[0-9]{9}", digits) or set(digits) == {"0"}:
        raise TradeError(N_("A D-U-N-S number has 9 digits."))
    return digits


def _wrong() -> TradeError:
    return TradeError(N_("This number is not correct. Check it, or choose another kind of number."))
