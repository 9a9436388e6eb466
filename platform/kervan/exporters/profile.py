"""A firm's profile: how complete it is and what its members may change without a new look by a reviewer."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import transaction
from kervan.errors import Conflict, NotFound
from kervan.exporters import registration
from kervan.exporters.access import Row, Seen
from kervan.outbox import publish
from kervan.trade.errors import N_

MOST_CERTIFICATES = 40


class Gap(msgspec.Struct, frozen=True):
    """Something a profile lacks: what, why it matters (msgids), what it is worth, and the page that mends it."""

    key: str
    what: str
    why: str
    weight: int
    page: str
    """Path behind the firm's desk."""


# Weights add up to 100.
_GAPS: tuple[Gap, ...] = (
    Gap(
        "about_en",
        N_("Say in English what you make."),
        N_("Importers read this first, and the search finds its words."),
        16,
        "/profile#f-about_en",
    ),
    Gap(
        "about_tr",
        N_("Say in Turkish what you make."),
        N_("Whoever reads the Turkish pages sees this."),
        8,
        "/profile#f-about_tr",
    ),
    Gap(
        "capacity",
        N_("Say how much you can make in a month."),
        N_("Importers see by it whether you can make their order."),
        10,
        "/profile#f-capacity_en",
    ),
    Gap(
        "products",
        N_("Publish at least one product."),
        N_("Without a product, a search for goods does not lead to you."),
        24,
        "/products",
    ),
    Gap(
        "certificates",
        N_("Enter your certificates."),
        N_("Importers can filter by them: without them you are not in that list."),
        12,
        "/profile#certificates",
    ),
    Gap(
        "languages",
        N_("Say which languages you answer in."),
        N_("Importers see there whether you understand them."),
        8,
        "/profile#f-languages",
    ),
    Gap(
        "countries",
        N_("Name the countries you export to."),
        N_("Importers see there whether you have exported to their country."),
        8,
        "/profile#f-export_countries",
    ),
    Gap(
        "website",
        N_("Enter your website."),
        N_("Importers and reviewers can look you up there."),
        6,
        "/profile#f-website",
    ),
    Gap(
        "founded",
        N_("Say when the firm was founded."),
        N_("Your page then says how long you have been at it."),
        4,
        "/profile#f-founded",
    ),
    Gap(
        "employees",
        N_("Say how many people work for you."),
        N_("Importers see by it how large you are."),
        4,
        "/profile#f-employees_band",
    ),
)


def completeness(
    firm: Mapping[str, Any],
    about: Mapping[str, str],
    capacity: Mapping[str, str],
    published: int,
    certificates: int,
) -> tuple[int, tuple[Gap, ...]]:
    """How complete a profile is, 0 to 100, and what it lacks, the weightiest first."""
    there = {
        "about_en": bool(about.get("en")),
        "about_tr": bool(about.get("tr")),
        "capacity": any(capacity.values()),
        "products": published > 0,
        "certificates": certificates > 0,
        "languages": bool(set(firm["languages"]) - {"tr"}),
        "countries": bool(firm["export_countries"]),
        "website": bool(firm["website"]),
        "founded": firm["founded"] is not None,
        "employees": firm["employees_band"] is not None,
    }
    gaps = tuple(sorted((gap for gap in _GAPS if not there[gap.key]), key=lambda gap: -gap.weight))
    return 100 - sum(gap.weight for gap in gaps), gaps


async def change(
    caller: Caller,
    seen: Seen,
    values: Mapping[str, Any],
    about: Mapping[str, str],
    capacity: Mapping[str, str],
) -> None:
    """Stores what members may change freely (contact, languages, countries, texts ...), whatever the firm's state.

    Conflict for a firm that is closed or rejected.
    """
    firm = seen.firm
    changed = sorted(name for name, value in values.items() if firm[name] != value)
    async with transaction() as tx:
        sets = "".join(f", {name} = ${n + 2}" for n, name in enumerate(values))
        saved = await tx.connection.fetchval(
            f"""UPDATE exporter SET version = version + 1, updated_at = now(){sets}
            WHERE id = $1 AND verification NOT IN ('CLOSED', 'REJECTED') RETURNING id""",
            firm["id"],
            *values.values(),
        )
        if saved is None:
            raise Conflict(N_("The profile of this firm cannot be changed any more."))
        await registration.write_texts(tx.connection, firm["id"], about, capacity)
        await audit.record(
            caller.actor, "exporter.profile_changed", "exporter", firm["id"], after={"fields": changed}
        )


async def add_certificate(
    caller: Caller,
    seen: Seen,
    standard: str,
    issuer: str,
    number: str | None,
    valid_from: date | None,
    valid_until: date | None,
) -> None:
    """Enters a certificate; it is found by from then on. Conflict when it is there already, or 40 are."""
    firm = seen.firm
    async with transaction() as tx:
        await tx.connection.execute("SELECT 1 FROM exporter WHERE id = $1 FOR UPDATE", firm["id"])
        there = await tx.connection.fetch(
            "SELECT standard, number FROM certificate WHERE exporter = $1", firm["id"]
        )
        if len(there) >= MOST_CERTIFICATES:
            raise Conflict(N_("There are {n} certificates already. Take one out first."), n=len(there))
        if (standard, number) in {(row["standard"], row["number"]) for row in there}:
            raise Conflict(N_("This certificate is entered already."))
        await tx.connection.execute(
            """INSERT INTO certificate (exporter, standard, issuer, number, valid_from, valid_until)
            VALUES ($1, $2, $3, $4, $5, $6)""",
            firm["id"],
            standard,
            issuer,
            number,
            valid_from,
            valid_until,
        )
        await _certificates_changed(caller, firm, {"certificate_added": standard})


async def remove_certificate(caller: Caller, seen: Seen, id: int) -> None:
    """Takes a certificate out."""
    async with transaction() as tx:
        standard = await tx.connection.fetchval(
            "DELETE FROM certificate WHERE id = $1 AND exporter = $2 RETURNING standard", id, seen.firm["id"]
        )
        if standard is None:
            raise NotFound()
        await _certificates_changed(caller, seen.firm, {"certificate_removed": standard})


async def _certificates_changed(caller: Caller, firm: Row, what: Mapping[str, str]) -> None:
    await audit.record(caller.actor, "exporter.profile_changed", "exporter", firm["id"], after=what)
    await publish("exporters.changed", ids=[firm["id"]])


def track(firm: Row, review: Mapping[str, Any] | None) -> Sequence[tuple[str, str, Any]]:
    """(state, done | current | coming | bad, moment or None) of the way to a verification, as it stands now."""
    order = ("DRAFT", "SUBMITTED", "UNDER_REVIEW", "VERIFIED")
    now: str = firm["verification"]
    bad = now in ("REJECTED", "SUSPENDED", "EXPIRED")
    position = {"DRAFT": 0, "NEEDS_INFO": 0, "SUBMITTED": 1, "UNDER_REVIEW": 2}.get(now, 3)
    moments = {
        "DRAFT": firm["created_at"],
        "SUBMITTED": firm["submitted_at"],
        "UNDER_REVIEW": review and review["assigned_at"],
        # The last step may be an end instead: it has its own day, or none that the firm's row knows.
        "VERIFIED": {"VERIFIED": firm["verified_at"], "EXPIRED": firm["verified_until"]}.get(now),
    }
    found: list[tuple[str, str, Any]] = []
    for n, state in enumerate(order):
        shown = (
            "FILLING"
            if now == state == "DRAFT"
            else now
            if n == position and now in ("NEEDS_INFO", "REJECTED", "SUSPENDED", "EXPIRED")
            else state
        )
        if n < position:
            kind = "done"
        elif n > position:
            kind = "coming"
        elif bad:
            kind = "bad"
        else:
            kind = "done" if now == "VERIFIED" else "current"
        found.append((shown, kind, moments[state] if n <= position else None))
    return found
