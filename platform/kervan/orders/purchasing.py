"""Whether the reader of a product's page can order, and for whom."""

import msgspec

from kervan.accounts.callers import Caller, Membership
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.trade.errors import N_


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """The firms for which a caller buys; without one a msgid says why, and what fills its {placeholders}."""

    firms: tuple[Membership, ...] = ()
    why: str = ""
    params: dict[str, str] = {}


def purchase(caller: Caller) -> Purchase:
    """For which importers the caller may order; nothing is read for it."""
    firms = tuple(firm for firm in caller.may(roles.BUY) if firm.kind == Kind.IMPORTER)
    if firms:
        return Purchase(firms=firms)
    if colleagues := caller.of_kind(Kind.IMPORTER):
        return Purchase(
            why=N_("Your role does not allow ordering. Ask an owner of {name}."),
            params={"name": colleagues[0].name},
        )
    return Purchase(why=N_("Only firms abroad order here. Your account buys for none."))
