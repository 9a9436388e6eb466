"""How often the doors of accounts may be tried: token buckets by address and by account, for all processes together.

Somebody who is locked out by a stranger's tries still gets in by a new password (/forgotten): its link is counted by
the mails, not by the tries.
"""

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from litestar import Request

from kervan import vault
from kervan.db import execute
from kervan.errors import TooMany
from kervan.trade.errors import N_
from kervan.web.limits import Bucket, Limit, caller, networks

MINUTES = 60
HOURS = 3600


class Rule(msgspec.Struct, frozen=True):
    """What one address and what one account may do."""

    address: Limit
    account: Limit


# Rules of the platform, not of a law. Many people of a firm sit behind one address.
RULES: Mapping[str, Rule] = {
    "sign-in": Rule(address=Limit(60, 15 * MINUTES), account=Limit(10, 15 * MINUTES)),
    # Six digits, three of which are right at a time: ten tries an hour find one in 30 years on the average.
    "code": Rule(address=Limit(60, 15 * MINUTES), account=Limit(10, HOURS)),
    "registration": Rule(address=Limit(30, HOURS), account=Limit(5, HOURS)),
    # Every mail that a visitor can cause: new links and new passwords.
    "mail": Rule(address=Limit(30, HOURS), account=Limit(5, HOURS)),
    # A crooked PDF costs up to fifteen seconds of a core before it is refused.
    "document": Rule(address=Limit(120, HOURS), account=Limit(60, HOURS)),
    # Photos and lists of products, by requests: each may bring eight photos.
    "upload": Rule(address=Limit(600, HOURS), account=Limit(300, HOURS)),
    # Each writes mails to people of another firm.
    "message": Rule(address=Limit(600, HOURS), account=Limit(120, HOURS)),
    "inquiry": Rule(address=Limit(300, HOURS), account=Limit(60, HOURS)),
    "meeting": Rule(address=Limit(300, HOURS), account=Limit(60, HOURS)),
}

REFUSED = N_("Those were too many tries. Try again in {minutes} min.")


async def spend(what: str, request: Request[Any, Any, Any], account: object = None) -> None:
    """Counts one try of the request's address and, when it is given, of the account: a person's id or an e-mail key,
    whether or not anybody has it. Raises TooMany when either has none left."""
    try:
        await _bucket(what, "address").take(address_of(request))
        if account is not None:
            await _bucket(what, "account").take(_named(account))
    except TooMany as error:
        minutes = math.ceil(error.retry_after / MINUTES)
        raise TooMany(REFUSED, minutes=minutes, retry_after=error.retry_after) from error


async def forgive(what: str, account: object) -> None:
    """Gives an account all its tries back: somebody proved to be its owner."""
    name = _named(account)
    _bucket(what, "account").leases.pop(name, None)
    await execute("DELETE FROM rate_bucket WHERE key = $1", f"{what} account:{name}")


def address_of(request: Request[Any, Any, Any]) -> str:
    """Where the request comes from, behind trusted proxies too; of an IPv6 address the /64."""
    return caller(request.scope, networks(tuple(request.app.state.settings.trusted_proxies)))


@cache
def _bucket(what: str, kind: str) -> Bucket:
    rule = RULES[what]
    return Bucket(f"{what} {kind}", rule.address if kind == "address" else rule.account)


def _named(account: object) -> str:
    # The table of buckets shall not be a list of addresses.
    return vault.fingerprint(str(account), "throttle")[:40]
