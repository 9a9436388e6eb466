"""Secrets: sealing what must be read again, signing what goes out, tokens that are kept as hashes only.

All keys are derived from one secret, KERVAN_SECRET; each purpose has keys of its own, so that what is sealed
or signed for one is worth nothing for another.
"""

import hashlib
import hmac
import os
import secrets
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kervan import settings
from kervan.errors import SettingsError

_FILE = "secret"
_PURPOSES = 256  # far more than there are


class Broken(Exception):
    """A sealed text that none of the keys opens: it was changed, or KERVAN_SECRET_OLD lacks its secret."""


def seal(text: str, purpose: str) -> str:
    """The text encrypted for the purpose; sealing it again gives another result. For columns and cookies."""
    return _box(purpose).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str, purpose: str) -> str:
    """The text that was sealed for the purpose, with the present secret or an old one. Raises Broken."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError) as error:
        raise Broken(f"A text sealed for {purpose} cannot be opened.") from error


def fingerprint(text: str, purpose: str) -> str:
    """64 hex digits by which a sealed value is looked up: equal texts have equal fingerprints.

    Made with the present secret only: after KERVAN_SECRET changes, fingerprints have to be made anew.
    """
    return hmac.digest(_keys("fingerprint", purpose)[0], text.encode(), "sha256").hex()


def sign(text: str, purpose: str) -> str:
    """43 characters that fit into a URL and prove that this site wrote the text for the purpose."""
    return _signature(_keys("sign", purpose)[0], text)


def is_signed(text: str, signature: str, purpose: str) -> bool:
    """Whether `sign` made the signature, now or with an old secret: links in sent mails outlive a change."""
    return any([same(_signature(key, text), signature) for key in _keys("sign", purpose)])


def same(a: str, b: str) -> bool:
    """Whether the texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(a.encode("utf-8", "replace"), b.encode("utf-8", "replace"))


def new_token() -> str:
    """43 random characters that fit into a URL: 256 bits. Keep its `token_hash`, never the token."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """The 32 bytes by which a token is found again. Unsalted: tokens are random already."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def use(secret: str, old: Sequence[str] = ()) -> None:
    """From now on this secret seals and signs; the old ones still open. An empty secret: as the settings say."""
    global _given
    _given = (secret, *old) if secret else None
    _secrets.cache_clear()
    _keys.cache_clear()
    _box.cache_clear()


_given: tuple[str, ...] | None = None


@lru_cache(maxsize=1)
def _secrets() -> tuple[str, ...]:
    if _given:
        return _given
    loaded = settings.load()
    return loaded.secret or _kept(loaded.data), *loaded.old_secrets


@lru_cache(maxsize=_PURPOSES)
def _keys(kind: str, purpose: str) -> tuple[bytes, ...]:
    info = f"kervan:{kind}:{purpose}".encode()
    return tuple(
        HKDF(SHA256(), length=32, salt=None, info=info).derive(secret.encode()) for secret in _secrets()
    )


@lru_cache(maxsize=_PURPOSES)
def _box(purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in _keys("seal", purpose)])


def _signature(key: bytes, text: str) -> str:
    digest = hmac.digest(key, text.encode("utf-8", "replace"), "sha256")
    return urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def _kept(data: Path) -> str:
    """The secret of a development machine, from <data>/secret; the first process that needs it makes it."""
    path = data / _FILE
    try:
        if not path.exists():
            _make(path)
        kept = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"The secret in {path} cannot be read or made ({error}).") from error
    if not kept:
        raise SettingsError(f"{path} is empty: remove it, or set KERVAN_SECRET.")
    return kept


def _make(path: Path) -> None:
    # Written aside and linked: the name appears with its whole content, and of two processes one wins.
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{_FILE}-")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        os.unlink(aside)
