"""Helpers of tests about calendars: entries, texts that would break out of their lines, and a reader of our own."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from kervan.calendars.ics import Entry

MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
START = datetime(2026, 3, 12, 6, 30, tzinfo=UTC)

INJECTED = "Fair\r\nATTENDEE:mailto:zoe@evil.example\r\nBEGIN:VALARM\nACTION:EMAIL\rEND:VEVENT"
HOSTILE = (
    INJECTED,
    "a;b,c\\d\\nnew \\N \\; \\, \\\\",
    'He said "no": ^n ^^ ^\' done',
    "tab\tbell\x07nul\x00esc\x1b del\x7f nel\x85ls\u2028ps\u2029vt\x0bff\x0cfs\x1c",
    "half \ud800 a character",
    "İstanbul Fuarı – Tekstil & Işık 🧵" * 12,
    "\u202egnp.exe",
    " \r\n ",
    "x" * 5000,
    "معرض إسطنبول " * 20,
)

_BREAKERS = st.sampled_from(
    [*"\r\n\t;,:\\\"^'=", "\r\n", "\\n", "\\N", "\x00", "\x85", "\u2028", "BEGIN:VEVENT", "İ", "🧵", "م"]
)
hostile_texts = st.sampled_from(HOSTILE) | st.lists(_BREAKERS | st.text(max_size=8), max_size=60).map("".join)
"""Texts out of the pieces that mean something in the format, and whatever else there is."""


def entry(**more: Any) -> Entry:
    """A meeting with an organizer and two who are asked, on 12 March 2026 at half past nine in Istanbul."""
    given: dict[str, Any] = {
        "uid": "meeting-h4k7m2p9q3rs@kervan.example",
        "summary": "Nordlicht meets Pamukova",
        "created_at": MADE,
        "changed_at": MADE + timedelta(days=1),
        "starts_at": START,
        "ends_at": START + timedelta(hours=7, minutes=30),
        "zone": "Europe/Istanbul",
        "organizer": ("Kervan", "post@kervan.example"),
        "attendees": (
            ("Ayşe Işık", "ayse@example.com", "ACCEPTED"),
            ("Zoe Öz", "zoe@example.com", "NEEDS-ACTION"),
        ),
    }
    return Entry(**{**given, **more})


def tidied(text: str) -> str:
    """A text as a calendar may hold it: lines end with \\n, nothing is in it that cannot be seen."""
    lines = text.splitlines()
    kept = (
        "".join(" " if sign == "\t" else sign for sign in line if sign == "\t" or _is_seen(sign))
        for line in lines
    )
    return "\n".join(kept).strip()


def one_lined(text: str) -> str:
    """The same in one line."""
    return " ".join(tidied(text).split())


def _is_seen(sign: str) -> bool:
    return not (ord(sign) < 0x20 or 0x7F <= ord(sign) < 0xA0 or 0xD800 <= ord(sign) < 0xE000)


def lines(ics: bytes) -> list[tuple[str, str]]:
    """(name with parameters, value) of every content line, unfolded: read by the letter of RFC 5545 and no library.

    Fails for a line of more than 75 octets, one that is cut inside a character, and any other line break than CRLF.
    """
    assert ics.endswith(b"\r\n")
    found: list[bytes] = []
    for line in ics[:-2].split(b"\r\n"):
        assert len(line) <= 75, line
        line.decode()
        assert not set(line) & set(range(32)), line
        if line.startswith(b" "):
            found[-1] += line[1:]
        else:
            found.append(line)
    return [_split(line.decode()) for line in found]


def _split(line: str) -> tuple[str, str]:
    quoted = False
    for at, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif sign == ":" and not quoted:
            return line[:at], line[at + 1 :]
    raise AssertionError(f"no content line: {line}")


def unescaped(value: str) -> str:
    """What a TEXT value says (RFC 5545 3.3.11)."""
    signs, said = iter(value), []
    for sign in signs:
        assert sign not in ";,", value
        said.append({"n": "\n", "N": "\n"}.get(after := next(signs), after) if sign == "\\" else sign)
    return "".join(said)


def common_name(line: tuple[str, str]) -> str:
    """What the parameter CN of a line says (RFC 5545 3.2, RFC 6868); '' without one."""
    found = re.search(r';CN=(?:"([^"]*)"|([^",;:]*))(?=;|\Z)', line[0])
    return (found[1] or found[2] or "").replace("^^", "^") if found else ""


def only(found: list[tuple[str, str]], name: str) -> tuple[str, str]:
    """The one line of that name among those outside of VTIMEZONE and VALARM: (with parameters, value)."""
    inside, kept = 0, []
    for line in found:
        if line in (("BEGIN", "VTIMEZONE"), ("BEGIN", "VALARM")):
            inside += 1
        elif line in (("END", "VTIMEZONE"), ("END", "VALARM")):
            inside -= 1
        elif not inside and line[0].partition(";")[0] == name:
            kept.append(line)
    [one] = kept
    return one
