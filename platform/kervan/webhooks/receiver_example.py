"""Checks that a webhook comes from Kervan, is untouched, and is not older than five minutes."""

import base64
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> Any:
    """What the webhook says. Raises ValueError or KeyError when it is not to be trusted."""
    sent_at = headers["webhook-timestamp"]
    if abs(time.time() - int(sent_at)) > 300:
        raise ValueError("too old, or from the future")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{sent_at}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    if not any(
        hmac.compare_digest(wanted.encode(), given.encode()) for given in headers["webhook-signature"].split()
    ):
        raise ValueError("wrong signature")
    return json.loads(body)
