"""Which roles there are in which kind of organisation, and what each role may do: one table for the whole house."""

from collections.abc import Mapping

from kervan.organisations.tables import Kind, Role
from kervan.trade.errors import N_

# Rights are plain words, the same in pages, services and API keys.
VIEW = "view"
PROFILE = "profile"
PRODUCTS = "products"
ORDERS = "orders"
BUY = "buy"
MEMBERS = "members"
KEYS = "keys"
WEBHOOKS = "webhooks"
REVIEW_EXPORTERS = "review-exporters"
ENROL = "enrol"
VERIFY_IMPORTERS = "verify-importers"
REQUESTS = "requests"
EVENTS = "events"
ADMINISTER = "administer"

_MEMBER = frozenset({VIEW})

RIGHTS: Mapping[tuple[Kind, Role], frozenset[str]] = {
    (Kind.EXPORTER, Role.OWNER): _MEMBER | {PROFILE, PRODUCTS, ORDERS, MEMBERS, KEYS, WEBHOOKS},
    (Kind.EXPORTER, Role.EDITOR): _MEMBER | {PROFILE, PRODUCTS},
    (Kind.EXPORTER, Role.ORDER_DESK): _MEMBER | {ORDERS},
    (Kind.EXPORTER, Role.VIEWER): _MEMBER,
    (Kind.IMPORTER, Role.OWNER): _MEMBER | {PROFILE, BUY, MEMBERS, KEYS, WEBHOOKS},
    (Kind.IMPORTER, Role.BUYER): _MEMBER | {BUY},
    (Kind.IMPORTER, Role.VIEWER): _MEMBER,
    (Kind.POST, Role.COUNSELLOR): _MEMBER | {VERIFY_IMPORTERS, REQUESTS, EVENTS},
    (Kind.POST, Role.ATTACHE): _MEMBER | {VERIFY_IMPORTERS, REQUESTS, EVENTS},
    (Kind.ASSOCIATION, Role.STAFF): _MEMBER | {REVIEW_EXPORTERS, ENROL, REQUESTS, EVENTS},
    (Kind.MINISTRY, Role.ADMIN): _MEMBER
    | {REVIEW_EXPORTERS, VERIFY_IMPORTERS, ENROL, ADMINISTER, REQUESTS, EVENTS},
}

MANAGER: Mapping[Kind, Role] = {Kind.EXPORTER: Role.OWNER, Kind.IMPORTER: Role.OWNER}
"""The role of which one must always be left; posts, associations and the Ministry are manned by admins."""

STAFF_KINDS = frozenset({Kind.POST, Kind.ASSOCIATION, Kind.MINISTRY})
"""Their members must have a second factor."""

NAMES: Mapping[Role, str] = {
    Role.OWNER: N_("Owner"),
    Role.EDITOR: N_("Editor"),
    Role.ORDER_DESK: N_("Order desk"),
    Role.BUYER: N_("Buyer"),
    Role.VIEWER: N_("Viewer"),
    Role.COUNSELLOR: N_("Trade counsellor"),
    Role.ATTACHE: N_("Trade attaché"),
    Role.STAFF: N_("Staff"),
    Role.ADMIN: N_("Administrator"),
}

MEANINGS: Mapping[Role, str] = {
    Role.OWNER: N_("May do everything, members and API keys included."),
    Role.EDITOR: N_("Keeps the profile and the products."),
    Role.ORDER_DESK: N_("Answers orders and inquiries."),
    Role.BUYER: N_("Asks and orders for the firm."),
    Role.VIEWER: N_("Sees everything, changes nothing."),
    Role.COUNSELLOR: N_("Verifies importers of the post's country and posts their requests."),
    Role.ATTACHE: N_("Verifies importers of the post's country and posts their requests."),
    Role.STAFF: N_("Reviews the association's members."),
    Role.ADMIN: N_("Administers the whole platform."),
}

SCOPES: Mapping[Kind, tuple[str, ...]] = {
    Kind.EXPORTER: (VIEW, PRODUCTS, ORDERS, PROFILE, WEBHOOKS),
    Kind.IMPORTER: (VIEW, BUY, WEBHOOKS),
}
"""What an API key of an organisation may be given."""

SCOPE_NAMES: Mapping[str, str] = {
    VIEW: N_("Read what only members see"),
    PRODUCTS: N_("Add and change products"),
    ORDERS: N_("Answer orders and inquiries"),
    BUY: N_("Order and ask for quotes"),
    PROFILE: N_("Change the profile"),
    WEBHOOKS: N_("Manage webhooks"),
}


def roles_of(kind: str) -> tuple[Role, ...]:
    """The roles of a kind of organisation, the mightiest first."""
    return tuple(role for found, role in RIGHTS if found == kind)


def rights(kind: str, role: str) -> frozenset[str]:
    """What a role may do; nothing when the kind has no such role."""
    return RIGHTS.get((Kind(kind), Role(role)), frozenset())
