"""The certificates that buyers ask for, by slug, with one sentence each on what they are about."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from kervan.trade.errors import N_, TradeError, shown
from kervan_search.text import fold

Field = Literal["management", "food", "textile", "safety", "environment", "social", "market", "sector"]


@dataclass(frozen=True, slots=True)
class Standard:
    """A known certificate: `label` is its proper name in every language, `about` a msgid, one sentence."""

    slug: str
    field: Field
    label: str
    about: str
    aliases: tuple[str, ...]


def _standard(slug: str, field: Field, label: str, about: str, aliases: str = "") -> Standard:
    return Standard(slug, field, label, about, tuple(filter(None, aliases.split("|"))))


_STANDARDS = (
    _standard("iso-9001", "management", "ISO 9001", N_("The firm works by a quality management system.")),
    _standard("iso-14001", "management", "ISO 14001", N_("The firm manages its effect on the environment.")),
    _standard(
        "iso-45001",
        "management",
        "ISO 45001",
        N_("The firm manages health and safety at work."),
        "ohsas 18001",
    ),
    _standard("iso-50001", "management", "ISO 50001", N_("The firm manages its use of energy.")),
    _standard(
        "iso-27001", "management", "ISO/IEC 27001", N_("The firm protects information by a managed system.")
    ),
    _standard(
        "iso-10002", "management", "ISO 10002", N_("The firm handles customer complaints by a set procedure.")
    ),
    _standard(
        "iso-17025", "management", "ISO/IEC 17025", N_("The laboratory tests and calibrates competently.")
    ),
    _standard("iso-22000", "food", "ISO 22000", N_("The firm works by a food safety management system.")),
    _standard("fssc-22000", "food", "FSSC 22000", N_("Food safety scheme recognised by large retailers.")),
    _standard(
        "haccp", "food", "HACCP", N_("Food hazards are known and controlled at each step of production.")
    ),
    _standard(
        "brcgs",
        "food",
        "BRCGS",
        N_("Food and packaging safety standard asked for by British retailers."),
        "brc",
    ),
    _standard(
        "ifs-food",
        "food",
        "IFS Food",
        N_("Food safety standard asked for by German, French and Italian retailers."),
        "ifs",
    ),
    _standard(
        "globalgap",
        "food",
        "GLOBALG.A.P.",
        N_("Fruit, vegetables and fish are grown by good farming practice."),
        "global gap",
    ),
    _standard(
        "halal", "food", "Halal", N_("The product keeps Islamic dietary rules."), "helal|hak halal|smiic"
    ),
    _standard("kosher", "food", "Kosher", N_("The product keeps Jewish dietary rules."), "koşer|kaşer"),
    _standard(
        "vegan", "food", "Vegan", N_("The product holds nothing from animals."), "v-label|vegan society"
    ),
    _standard(
        "eu-organic",
        "food",
        "EU Organic",
        N_("Grown and processed by the organic rules of the European Union."),
        "organic eu|organic|organik|organik tarım|ab organik|bio",
    ),
    _standard(
        "usda-organic",
        "food",
        "USDA Organic",
        N_("Grown and processed by the organic rules of the USA."),
        "nop",
    ),
    _standard("msc", "food", "MSC", N_("Fish from a sustainable wild fishery.")),
    _standard("asc", "food", "ASC", N_("Fish and seafood from responsible farms.")),
    _standard("fairtrade", "social", "Fairtrade", N_("Growers were paid fair prices."), "fair trade"),
    _standard(
        "rainforest-alliance",
        "social",
        "Rainforest Alliance",
        N_("Grown with care for people and forests."),
        "utz",
    ),
    _standard(
        "oeko-tex-100",
        "textile",
        "OEKO-TEX Standard 100",
        N_("The textile was tested for harmful substances."),
        "oeko tex|oekotex|öko-tex|oekotex 100|oeko-tex standard 100|standard 100",
    ),
    _standard(
        "oeko-tex-step",
        "textile",
        "OEKO-TEX STeP",
        N_("The textile mill works safely and cleanly."),
        "step by oeko-tex",
    ),
    _standard(
        "gots",
        "textile",
        "GOTS",
        N_("Organic textile fibres, traced and processed under environmental and social rules."),
        "global organic textile standard",
    ),
    _standard(
        "ocs",
        "textile",
        "OCS",
        N_("The share of organic fibre is traced and stated."),
        "organic content standard",
    ),
    _standard(
        "grs",
        "textile",
        "GRS",
        N_("The share of recycled material is traced and stated."),
        "global recycled standard",
    ),
    _standard(
        "rcs",
        "textile",
        "RCS",
        N_("Recycled material is traced through the chain."),
        "recycled claim standard",
    ),
    _standard(
        "rws",
        "textile",
        "RWS",
        N_("Wool from farms that treat sheep and land well."),
        "responsible wool standard",
    ),
    _standard(
        "rds",
        "textile",
        "RDS",
        N_("Down and feathers from birds that were treated well."),
        "responsible down standard",
    ),
    _standard(
        "better-cotton",
        "textile",
        "Better Cotton",
        N_("The firm supports cotton grown with less harm."),
        "bci",
    ),
    _standard(
        "lwg",
        "textile",
        "Leather Working Group",
        N_("The leather comes from an audited tannery."),
        "leather working group",
    ),
    _standard(
        "zdhc", "textile", "ZDHC", N_("Hazardous chemicals are kept out of textile and leather production.")
    ),
    _standard(
        "sedex-smeta",
        "social",
        "Sedex SMETA",
        N_("Working conditions were audited by the SMETA method."),
        "sedex|smeta",
    ),
    _standard(
        "amfori-bsci",
        "social",
        "amfori BSCI",
        N_("Working conditions were audited by the BSCI method."),
        "bsci|amfori",
    ),
    _standard("sa8000", "social", "SA8000", N_("The firm keeps decent working conditions."), "sa 8000"),
    _standard("wrap", "social", "WRAP", N_("The sewn products were made lawfully and humanely.")),
    _standard(
        "iso-26000", "social", "ISO 26000", N_("The firm follows the guidance on social responsibility.")
    ),
    _standard("fsc", "environment", "FSC", N_("Wood and paper from responsibly managed forests.")),
    _standard("pefc", "environment", "PEFC", N_("Wood and paper from sustainably managed forests.")),
    _standard(
        "eu-ecolabel",
        "environment",
        "EU Ecolabel",
        N_("Among the products with least harm to the environment."),
    ),
    _standard(
        "cradle-to-cradle",
        "environment",
        "Cradle to Cradle",
        N_("Made for a circular use of materials."),
        "c2c",
    ),
    _standard(
        "epd", "environment", "EPD", N_("The product's effect on the environment is declared and verified.")
    ),
    _standard(
        "iso-14064",
        "environment",
        "ISO 14064",
        N_("Greenhouse gas emissions are measured and verified."),
        "carbon footprint",
    ),
    _standard("reach", "environment", "REACH", N_("Keeps the chemical rules of the European Union.")),
    _standard(
        "rohs",
        "environment",
        "RoHS",
        N_("Electrical goods without the hazardous substances that the EU restricts."),
    ),
    _standard(
        "ce",
        "market",
        "CE",
        N_("Declared to keep the European Union's product rules."),
        "ce mark|ce belgesi|ce işareti",
    ),
    _standard("ukca", "market", "UKCA", N_("Declared to keep the product rules of Great Britain.")),
    _standard(
        "eac", "market", "EAC", N_("Keeps the technical rules of the Eurasian Economic Union."), "gost|tr cu"
    ),
    _standard(
        "tse",
        "market",
        "TSE",
        N_("Tested by the Turkish Standards Institution."),
        "tsek|ts belgesi|tse belgesi",
    ),
    _standard("ul", "market", "UL", N_("Tested for safety by UL for North America.")),
    _standard("saber", "market", "SABER", N_("Registered for sale in Saudi Arabia."), "saso"),
    _standard(
        "g-mark",
        "market",
        "G-Mark",
        N_("Keeps the product rules of the Gulf countries."),
        "gulf mark|gso|gcc",
    ),
    _standard(
        "fda",
        "market",
        "FDA",
        N_("Registered with the food and drug authority of the USA."),
        "fda registration",
    ),
    _standard(
        "tuv",
        "safety",
        "TÜV",
        N_("Tested for safety by a TÜV body."),
        "tüv süd|tüv rheinland|tuv nord|gs mark",
    ),
    _standard("atex", "safety", "ATEX", N_("Equipment that is safe where explosions may occur.")),
    _standard("en-71", "safety", "EN 71", N_("The toy was tested for safety.")),
    _standard(
        "en-1090", "safety", "EN 1090", N_("Steel and aluminium structures that may carry loads in the EU.")
    ),
    _standard("iso-3834", "safety", "ISO 3834", N_("Welding is done by proven procedures.")),
    _standard("ped", "safety", "PED 2014/68/EU", N_("Pressure equipment that may be sold in the EU."), "ped"),
    _standard("nsf", "safety", "NSF", N_("Safe in contact with food or drinking water.")),
    _standard(
        "iatf-16949",
        "sector",
        "IATF 16949",
        N_("Quality management of the automotive supply chain."),
        "iso ts 16949",
    ),
    _standard("e-mark", "sector", "E-mark", N_("Vehicle parts approved under the UN rules."), "ece|e mark"),
    _standard(
        "as-9100",
        "sector",
        "AS/EN 9100",
        N_("Quality management of aviation and space suppliers."),
        "en 9100",
    ),
    _standard("iso-13485", "sector", "ISO 13485", N_("Quality management of medical devices.")),
    _standard("mdr", "sector", "MDR 2017/745", N_("Medical devices that may be sold in the EU."), "mdr"),
    _standard(
        "iso-22716",
        "sector",
        "ISO 22716",
        N_("Cosmetics are made by good manufacturing practice."),
        "cosmetics gmp",
    ),
    _standard("gmp", "sector", "GMP", N_("Made by good manufacturing practice."), "iyi üretim uygulamaları"),
    _standard("iso-15378", "sector", "ISO 15378", N_("Packaging of medicines is made by good practice.")),
    _standard("iris", "sector", "ISO 22163", N_("Quality management of railway suppliers."), "iris"),
)


@cache
def standards() -> dict[str, Standard]:
    """Every known certificate by its slug, those of one field together."""
    return {entry.slug: entry for entry in _STANDARDS}


def standard(slug: str) -> Standard:
    """The certificate of this slug; TradeError when it is not known."""
    found = standards().get(slug)
    if found is None:
        raise TradeError(N_("{text} is not a certificate that the platform knows."), text=shown(slug))
    return found


def find_standard(text: str) -> Standard | None:
    """The certificate that people write in this way (oekotex 100, ISO9001, Helal); None when unknown."""
    return _by_word().get(_key(text)) if len(text) <= 80 else None


@lru_cache(maxsize=8192)
def written(text: str) -> str:
    """The certificate's proper name when it is known however it is spelled, else the text as it is."""
    found = find_standard(text)
    return found.label if found else text


def _key(text: str) -> str:
    # The edition is not part of the name: ISO 9001:2015 is ISO 9001.
    plain = fold(text).partition(":")[0]
    return "".join(char for char in plain if char.isalnum())


@cache
def _by_word() -> dict[str, Standard]:
    found: dict[str, Standard] = {}
    for entry in _STANDARDS:
        for word in (entry.slug, entry.label, *entry.aliases):
            found.setdefault(_key(word), entry)
    return found
