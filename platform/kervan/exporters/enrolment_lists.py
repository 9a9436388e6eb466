"""Lists of an association's members: read from CSV or XLSX, checked row by row, nothing written."""

import re
import tempfile
import zlib
from base64 import b85decode, b85encode
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from anyio import to_thread

from kervan import vault
from kervan.db import fetch
from kervan.errors import Invalid
from kervan.exporters.rules import looks_like_tckn
from kervan.exporters.tables import Kind
from kervan.products.importing.mapping import FileOptions
from kervan.products.importing.readers import open_source
from kervan.trade import emails, identifiers
from kervan.trade.errors import N_, TradeError, shown
from kervan.trade.provinces import find_province
from kervan.web.i18n import BY_CODE
from kervan_search.text import fold

MOST_ROWS = 1000
LARGEST_FILE = 2_000_000
COLUMNS = ("vkn", "legal_name", "kind", "province", "member_no", "email", "language")
TEMPLATE = (
    "vkn;legal_name;kind;province;member_no;email;language\r\n"
    "1234567890;Örnek Tekstil Sanayi ve Ticaret A.Ş.;COMPANY;Denizli;2050001;ihracat@ornek-tekstil.example;tr\r\n"
)
"""What associations download and fill in; the row is an example that they overwrite."""

_SEALED = "enrolment list"
_CHUNK = 15_000  # of the 20,000 characters that a form field may have

_WORDS: Mapping[str, str] = {
    **{
        word: "vkn"
        for word in ("vkn", "vergi_no", "vergi_numarasi", "vergi_kimlik_no", "tax_number", "tax_no")
    },
    **{
        word: "legal_name"
        for word in ("legal_name", "unvan", "firma", "firma_unvani", "ticaret_unvani", "name")
    },
    **{word: "kind" for word in ("kind", "tur", "firma_turu", "hukuki_yapi", "legal_form")},
    **{word: "province" for word in ("province", "il", "sehir", "city")},
    **{
        word: "member_no"
        for word in ("member_no", "member_number", "uye_no", "uye_numarasi", "association_no")
    },
    **{word: "email" for word in ("email", "e_mail", "e_posta", "eposta", "mail")},
    **{word: "language" for word in ("language", "dil", "lang")},
}
_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("company", "sirket", "limited", "ltd", "ltd_sti", "anonim", "as", "a_s"), Kind.COMPANY),
    **dict.fromkeys(("coop", "cooperative", "kooperatif"), Kind.COOP),
    **dict.fromkeys(("sole_trader", "sahis", "sahis_isletmesi", "gercek_kisi"), Kind.SOLE_TRADER),
}
_LANGUAGES: Mapping[str, str] = {
    **dict.fromkeys(("", "tr", "turkce", "turkish"), "tr"),
    **dict.fromkeys(("en", "ingilizce", "english"), "en"),
}


class Member(msgspec.Struct, frozen=True):
    """One member of a list, checked; `number` is its row in the file."""

    number: int
    vkn: str
    legal_name: str
    kind: str
    province: str
    member_no: str | None
    email: str
    language: str


class Refused(msgspec.Struct, frozen=True):
    """A row that cannot be taken: its number, whom it names, and a sentence (msgid and what fills it)."""

    number: int
    name: str
    message: str
    params: dict[str, object] = {}


class Report(msgspec.Struct, frozen=True):
    """What the list would do."""

    members: tuple[Member, ...]
    refused: tuple[Refused, ...]


async def read(data: bytes, name: str) -> Report:
    """The list of a file, every row checked for itself and against what is on the platform.

    Raises Invalid when the file as a whole cannot be used, CommandError when it cannot be read.
    """
    rows = await to_thread.run_sync(_rows, data, name)
    members: list[Member] = []
    refused: list[Refused] = []
    seen: dict[str, int] = {}
    for number, cells, fault in rows:
        try:
            if fault:
                raise TradeError(fault)
            member = _member(number, cells)
            if (first := seen.setdefault(member.vkn, number)) != number:
                raise TradeError(N_("Row {first} has the same tax number."), first=first)
            members.append(member)
        except TradeError as error:
            refused.append(Refused(number, shown(cells.get("legal_name", "")), error.message, error.params))
    return Report(tuple(members), tuple(refused))


async def against_platform(report: Report, association: int) -> Report:
    """The report without members that are on the platform or have an open link of the association already."""
    numbers = [member.vkn for member in report.members]
    held = {row["vkn"] for row in await fetch("SELECT vkn FROM exporter WHERE vkn = ANY($1)", numbers)}
    asked = {
        row["vkn"]
        for row in await fetch(
            """SELECT vkn FROM enrolment WHERE vkn = ANY($1) AND association = $2
                AND claimed_at IS NULL AND withdrawn_at IS NULL""",
            numbers,
            association,
        )
    }
    refused = list(report.refused)
    for member in report.members:
        if member.vkn in held:
            refused.append(
                Refused(member.number, member.legal_name, N_("This firm is on the platform already."))
            )
        elif member.vkn in asked:
            refused.append(
                Refused(
                    member.number,
                    member.legal_name,
                    N_("This firm has an open link already: send that again."),
                )
            )
    members = tuple(member for member in report.members if member.vkn not in held | asked)
    return Report(members, tuple(sorted(refused, key=lambda row: row.number)))


def pack(report: Report, association: int, person: int) -> list[str]:
    """The checked members for the form that commits them: sealed, so that nobody changes them in between."""
    raw = zlib.compress(msgspec.json.encode(report.members), 9)
    sealed = vault.seal(f"{association} {person} {b85encode(raw).decode()}", _SEALED)
    return [sealed[start : start + _CHUNK] for start in range(0, len(sealed), _CHUNK)]


def unpack(parts: Sequence[str], association: int, person: int) -> Report:
    """What `pack` sealed for this person and association. Raises Invalid for anything else."""
    try:
        found = vault.unseal("".join(parts), _SEALED).split(" ", 2)
        if found[:2] != [str(association), str(person)]:
            raise ValueError
        raw = zlib.decompress(b85decode(found[2]))
        return Report(msgspec.json.decode(raw, type=tuple[Member, ...]), ())
    except (vault.Broken, ValueError, IndexError, zlib.error, msgspec.DecodeError) as error:
        raise Invalid(N_("The checked list is lost. Choose the file again.")) from error


def _rows(data: bytes, name: str) -> list[tuple[int, dict[str, str], str | None]]:
    ending = ".xlsx" if data.startswith(b"PK") else ".csv"
    with tempfile.TemporaryDirectory(prefix="kervan-list-") as folder:
        path = Path(folder) / f"{_plain_name(name)}{ending}"
        path.write_bytes(data)
        source = open_source(path, FileOptions())
        try:
            fields = {column: _WORDS.get(_key(column)) for column in source.header}
            missing = [
                column
                for column in ("vkn", "legal_name", "province", "email")
                if column not in fields.values()
            ]
            if missing:
                raise Invalid(N_("The list lacks these columns: {columns}."), columns=", ".join(missing))
            found: list[tuple[int, dict[str, str], str | None]] = []
            for row in source.rows:
                if len(found) >= MOST_ROWS:
                    raise Invalid(N_("A list has at most {most} rows. Divide it."), most=MOST_ROWS)
                cells = {
                    field: " ".join(str(row.cells.get(column) or "").split())
                    for column, field in fields.items()
                    if field
                }
                found.append((row.number, cells, row.fault))
        finally:
            source.close()
    if not found:
        raise Invalid(N_("The list has no rows."))
    return found


def _plain_name(name: str) -> str:
    """The file is named by us: its own name is only repeated in sentences."""
    stem = re.sub(r"[^\w-]+", "-", Path(name.replace("\\", "/")).stem)[:40].strip("-")
    return stem or "list"


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", fold(text)).strip("_")


def _member(number: int, cells: Mapping[str, str]) -> Member:
    typed = cells.get("vkn", "")
    if looks_like_tckn(typed):
        raise TradeError(
            N_(
                "11 digits are an identity number (TCKN): sole traders register themselves. Take it out of the list."
            )
        )
    # Spreadsheets cut the zeros at the beginning of a number.
    vkn = identifiers.vkn(typed.zfill(10) if typed.isdecimal() and 8 <= len(typed) < 10 else typed)
    name = cells.get("legal_name", "")
    if not 2 <= len(name) <= 200 or not name.isprintable():
        raise TradeError(N_("The legal name is missing, or it is longer than 200 characters."))
    kind = _KINDS.get(_key(cells.get("kind", "") or "company"))
    if kind is None:
        raise TradeError(
            N_("{text} is not a legal form: write COMPANY, COOP or SOLE_TRADER."), text=shown(cells["kind"])
        )
    language = _LANGUAGES.get(_key(cells.get("language", "")))
    if language is None or language not in BY_CODE:
        raise TradeError(
            N_("{text} is not a language of the platform: write tr or en."), text=shown(cells["language"])
        )
    member_no = cells.get("member_no", "")
    if len(member_no) > 40:
        raise TradeError(N_("The member number has more than 40 characters."))
    return Member(
        number,
        vkn,
        name,
        str(kind),
        find_province(cells.get("province", "")).plate,
        member_no or None,
        emails.address(cells.get("email", "")).shown,
        language,
    )
