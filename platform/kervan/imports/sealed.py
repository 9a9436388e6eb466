"""A list that was looked at, held by the form that commits it: sealed, so that nothing else can be committed."""

import tomllib
import zlib
from base64 import b85decode, b85encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request

from kervan import vault
from kervan.errors import CommandError, Invalid
from kervan.files import uploads
from kervan.trade.errors import N_, TradeError

LARGEST_MAPPING = 64 * 1024
_CHUNK = 15_000  # of the 20,000 characters that a form field may have
_MOST_SEALED = 1_800_000
"""What a form may hold as a whole, less a little."""


class WrongMapping(CommandError):
    """A mapping file that cannot be used."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """Who looked at it, its name, its mapping as text, its bytes, and for whom it is, as the form says it."""

    person: int
    name: str
    mapping: str
    data: bytes
    target: str


def pack(checked: Checked, sealed_for: str) -> list[str]:
    """The checked file for the form that commits it. Raises Invalid for one that is too large for a form."""
    raw = zlib.compress(msgspec.msgpack.encode(checked), 9)
    sealed = vault.seal(b85encode(raw).decode(), sealed_for)
    if len(sealed) > _MOST_SEALED:
        raise Invalid(fields={"file": N_("This file is too large for this page. Divide it.")})
    return [sealed[start : start + _CHUNK] for start in range(0, len(sealed), _CHUNK)]


def unpack(parts: Sequence[str], person: int, sealed_for: str) -> Checked:
    """What `pack` sealed for this person. Raises Invalid for anything else."""
    try:
        raw = zlib.decompress(b85decode(vault.unseal("".join(parts), sealed_for)))
        checked = msgspec.msgpack.decode(raw, type=Checked)
    except (vault.Broken, ValueError, zlib.error, msgspec.DecodeError) as error:
        raise Invalid(N_("The checked list is lost. Choose the file again.")) from error
    if checked.person != person:
        raise Invalid(N_("The checked list is lost. Choose the file again."))
    return checked


async def own_mapping(
    request: Request[Any, Any, Any], field: str, load: Callable[[str, bytes], object]
) -> str | None:
    """The text of the mapping file that was sent in a field; None for none. Raises WrongMapping."""
    try:
        own = await uploads.one(request, field, LARGEST_MAPPING)
    except TradeError:
        return None
    try:
        load(plain_name(own.name), own.data)
        return own.data.decode()
    except (CommandError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        if isinstance(error, CommandError):
            raise WrongMapping(error.message, **error.params) from error
        raise WrongMapping(N_("This is no TOML file.")) from error


def plain_name(name: str) -> str:
    """A name as a path of our own may end with it: without folders, at most 120 signs."""
    return Path(name.replace("\\", "/")).name.replace("\x00", "")[-120:] or "list"
