"""Passwords: which are good enough, and their argon2id hashes, made beside the event loop."""

import os
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, partial

import anyio.to_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from kervan.trade.errors import N_, TradeError
from kervan_search.text import fold

SHORTEST = 10
LONGEST = 200
"""Both in characters. NIST SP 800-63B asks for no rules beside length and a list of common passwords."""

COMMON = 10_000
"""How many of the most common passwords are refused."""

FEWEST_DIFFERENT = 4
"""A password of fewer different characters is a key held down."""

SHORTEST_WORD = 4
"""Letters of a name that may not be in the password; shorter ones are in every other password."""

# OWASP Password Storage Cheat Sheet (2024): argon2id with 19 MiB, 2 passes, 1 lane. About 25 ms of one core;
# a hash in the making takes 19 MiB, so many sign-ins at once do not exhaust a small machine.
MEMORY_KIB = 19_456
PASSES = 2
LANES = 1

# What is typed may grow shorter by NFKC (letters with their marks apart), never by more than this.
_LONGEST_TYPED = 4 * LONGEST

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)
_limiter: RunVar[CapacityLimiter] = RunVar("kervan.accounts.passwords")


async def hash(password: str) -> str:
    """The argon2id hash to keep, with its parameters inside (`$argon2id$v=19$m=...`)."""
    return await anyio.to_thread.run_sync(_hasher.hash, _bytes(password), limiter=_threads())


async def verify(kept: str | None, password: str) -> bool:
    """Whether the password belongs to the hash. None, for a person who does not exist, takes as long.

    A text that is no argon2 hash raises argon2's InvalidHashError: the database is damaged.
    """
    if kept is None or len(password) > _LONGEST_TYPED:
        await hash(password[:LONGEST])
        return False
    work = partial(_matches, kept, _bytes(password))
    return await anyio.to_thread.run_sync(work, limiter=_threads())


def needs_rehash(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's: hash again after the next sign-in."""
    return _hasher.check_needs_rehash(kept)


def check(password: str, *, about: Iterable[str] = ()) -> None:
    """Nothing when the password may be chosen; TradeError with the reason otherwise.

    `about` is what others know of the person: e-mail address, own name, name of the firm.
    """
    if len(password) > _LONGEST_TYPED or len(normal := _normal(password)) > LONGEST:
        raise TradeError(N_("A password has at most {count} characters."), count=LONGEST)
    if len(normal) < SHORTEST:
        raise TradeError(N_("A password needs at least {count} characters."), count=SHORTEST)
    if normal.casefold() in _common() or len(set(normal)) < FEWEST_DIFFERENT:
        raise TradeError(N_("This password is among the first that thieves try. Choose another one."))
    letters = _letters(normal)
    if any(word in letters for word in _words(about)):
        raise TradeError(
            N_("Your password must not hold your name, your e-mail address or the name of your company.")
        )


def _normal(password: str) -> str:
    # NIST SP 800-63B: the same letters typed on another keyboard must give the same password.
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    return _normal(password).encode("utf-8", "surrogatepass")


def _matches(kept: str, password: bytes) -> bool:
    try:
        return _hasher.verify(kept, password)
    except VerifyMismatchError:
        return False


def _threads() -> CapacityLimiter:
    try:
        return _limiter.get()
    except LookupError:
        limiter = CapacityLimiter(os.cpu_count() or 1)
        _limiter.set(limiter)
        return limiter


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # a megabyte that most processes never need

    return frozenset(word.casefold() for word in FREQUENCY_LISTS["passwords"][:COMMON])


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", fold(text))


def _words(about: Iterable[str]) -> set[str]:
    found = set()
    for text in about:
        name, _, domain = text.partition("@")
        # Of an address the name and the firm's label count, not "com".
        label = domain.split(".")[0] if domain else ""
        found |= {_letters(name), _letters(label), *map(_letters, re.split(r"[\W_]+", name))}
    return {word for word in found if len(word) >= SHORTEST_WORD}
