"""A look inside a foreign PDF, in a process of its own with little memory, little time and no secrets.

`python -m kervan.files.pdf` reads a PDF from standard input and writes one word. pypdf does the reading: it opens
object streams and #-escapes, in which a search of the bytes finds nothing, and it is Python alone, so a crooked file
can at worst make this process slow or large; both end it, and the file is refused.
"""

import logging
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Literal, get_args

import structlog
from anyio import CapacityLimiter, to_thread
from pypdf import PdfReader
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    StreamObject,
    TextStringObject,
)

Verdict = Literal["harmless", "locked", "active", "carrier", "broken"]
"""active: acts when it is opened (script, program, form that computes); carrier: holds other files."""
_VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

_SECONDS = 15
_MEMORY = 1 << 30
_MOST_AT_ONCE = CapacityLimiter(2)
_END_WITHIN = 1024
"""Bytes at the end of a file in which readers look for %%EOF; an archive appended to a PDF is longer."""

_ACTIVE = frozenset({"/JavaScript", "/Launch", "/RichMedia", "/XFA"})
_CARRIER = frozenset({"/EmbeddedFile", "/EmbeddedFiles"})
_FILES = frozenset({"/F", "/UF", "/DOS", "/Mac", "/Unix"})
"""Keys of the dictionary /EF of a file specification (ISO 32000-2, 7.11.3)."""
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_NAMES = re.compile(rb"/(?:JavaScript|Launch|RichMedia|XFA|EmbeddedFiles?)(?=[\0\t\n\f\r ()<>\[\]{}/%]|$)")


async def look(data: bytes) -> Verdict:
    """What a PDF is, whatever it says about itself; `broken` also when the look took too much time or memory."""
    return await to_thread.run_sync(_ask_child, data, limiter=_MOST_AT_ONCE)


def _ask_child(data: bytes) -> Verdict:
    command = [sys.executable, "-I", "-m", "kervan.files.pdf"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_SECONDS, env={}, check=False)
    except subprocess.TimeoutExpired:
        return "broken"
    word = done.stdout.decode("ascii", "replace")
    for verdict in _VERDICTS:
        if done.returncode == 0 and word == verdict:
            return verdict
    structlog.get_logger(__name__).warning(
        "a PDF was too much", status=done.returncode, said=done.stderr[-500:]
    )
    return "broken"


def verdict(data: bytes) -> Verdict:
    """The verdict on a PDF, in this process and without limits: for the child, which has them."""
    if not data.startswith((b"%PDF-1.", b"%PDF-2.")) or data.rfind(b"%%EOF") < len(data) - _END_WITHIN:
        return "broken"
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted:
            return "locked"
        found = {name for name in _names(reader)} | _names_in_bytes(data)
        pages = len(reader.pages)
    except Exception:  # foreign bytes make a parser fail in more ways than can be listed
        return "locked" if b"/Encrypt" in data else "broken"
    if found & _ACTIVE:
        return "active"
    if found & _CARRIER:
        return "carrier"
    return "harmless" if pages else "broken"


def _names(reader: PdfReader) -> Iterator[str]:
    """The telling names in every object that the file holds, those in object streams and unused ones as well."""
    places = [(number, generation) for generation, found in reader.xref.items() for number in found]
    places += [(number, 0) for number in reader.xref_objStm]
    for number, generation in places:
        waiting: list[object] = [reader.get_object(IndirectObject(number, generation, reader))]
        while waiting:
            value = waiting.pop()
            if isinstance(value, NameObject):
                yield value
            elif isinstance(value, ArrayObject):
                waiting.extend(list.__iter__(value))
            elif isinstance(value, DictionaryObject):
                yield from _telling(value)
                waiting.extend(dict.values(value))


def _telling(found: DictionaryObject) -> Iterator[str]:
    yield from dict.keys(found)
    if isinstance(found, StreamObject) and _resolved(found, "/Type") == "/ObjStm":
        yield from _names_in_bytes(found.get_data())
    # Fonts may be called /JS and /EF as well: what stands behind the name tells.
    if isinstance(_resolved(found, "/JS"), TextStringObject | ByteStringObject | StreamObject):
        yield "/JavaScript"
    files = _resolved(found, "/EF")
    if isinstance(files, DictionaryObject) and not files.keys().isdisjoint(_FILES):
        yield "/EmbeddedFile"


def _resolved(found: DictionaryObject, key: str) -> object:
    """The value of a key, wherever in the file it stands, None without it: get() follows no references."""
    value = found.get(key)
    return None if value is None else value.get_object()


def _names_in_bytes(data: bytes) -> set[str]:
    """The telling names in plain bytes: for what a reader finds that repairs the file in another way than pypdf."""
    plain = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), data)
    return {found[0].decode("ascii") for found in _NAMES.finditer(plain)}


def main() -> None:
    """Reads a PDF from standard input and writes the verdict to standard output."""
    with suppress(ValueError, OSError):  # macOS has no limit on memory; time is limited there too
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    logging.disable()
    sys.stdout.write(verdict(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
