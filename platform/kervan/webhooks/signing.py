"""Secrets and signatures of webhooks, by the Standard Webhooks specification 1.0 (standardwebhooks.com).

Signed is `<id>.<unix seconds>.<body>` with HMAC-SHA256; each secret gives a signature `v1,<base64>` of its own.
"""

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence

SEALED_FOR = "webhook secret"
PREFIX = "whsec_"


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64: how receivers' libraries take it."""
    return f"{PREFIX}{b64encode(secrets.token_bytes(32)).decode('ascii')}"


def headers(id: str, seconds: int, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The three headers that let a receiver check who sent the body, and when. The newest secret comes first."""
    return {
        "webhook-id": id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(_signature(key, id, seconds, body) for key in keys),
    }


def _signature(secret: str, id: str, seconds: int, body: bytes) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    digest = hmac.digest(key, f"{id}.{seconds}.".encode() + body, "sha256")
    return f"v1,{b64encode(digest).decode('ascii')}"
