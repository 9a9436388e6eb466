"""The exporter inventory: saved whole, moved only along its arrows, hidden unless verified."""

import itertools
from datetime import date, timedelta

import pytest
from factories import ACTOR, make_exporter

from kervan.db import fetch, fetchval
from kervan.errors import Conflict, NotFound
from kervan.exporters import queries, service, states
from kervan.exporters.inputs import CertificateInput
from kervan.exporters.structs import SalesChannel
from kervan.exporters.tables import Verification


async def test_a_verified_exporter_is_shown_with_what_buyers_ask(db: None) -> None:
    today = date.today()
    await make_exporter(
        certificates=(
            CertificateInput("ISO 9001", "Invented Cert", "1", today - timedelta(9), today + timedelta(9)),
            CertificateInput("GOTS", "Invented Cert", "2", today - timedelta(9), today - timedelta(1)),
        ),
        sales_channels=(SalesChannel("OWN_SITE", "Shop", "https://ayse.example"),),
        capacity={"en": "20 looms."},
    )
    shown = await queries.exporter("ayse-havlu", "en")
    assert shown.card.name == "Ayşe Havlu"
    assert [held.standard for held in shown.certificates] == ["ISO 9001"], "the expired one is not held"
    assert shown.sales_channels[0].url == "https://ayse.example"
    assert (shown.card.about, shown.capacity) == ("Weaves towels in Denizli.", "20 looms.")
    assert (await queries.exporter("ayse-havlu", "tr")).card.about == "Denizli'de havlu dokur."


@pytest.mark.parametrize("state", [state for state in Verification if state != Verification.VERIFIED])
async def test_an_exporter_that_is_not_verified_does_not_exist_for_visitors(
    db: None, state: Verification
) -> None:
    await make_exporter(verification=state)
    with pytest.raises(NotFound):
        await queries.exporter("ayse-havlu", "en")
    assert await queries.newest("en", 5) == []


async def test_a_tax_number_is_held_by_one_exporter_only(db: None) -> None:
    await make_exporter("first", vkn="1234567890")
    with pytest.raises(Conflict, match="tax number"):
        await make_exporter("second", vkn="1234567890")
    with pytest.raises(Conflict, match="address"):
        await make_exporter("first", vkn="0123456789")
    assert await fetchval("SELECT count(*) FROM exporter") == 1
    assert await fetchval("SELECT count(*) FROM outbox") == 1, "what was refused left nothing behind"


@pytest.mark.parametrize(("before", "after"), list(itertools.product(Verification, Verification)))
async def test_verification_moves_only_along_its_arrows(
    db: None, before: Verification, after: Verification
) -> None:
    id = await make_exporter(verification=before)
    if after in states.ARROWS[before]:
        await service.change_verification(id, after, ACTOR, reason="because")
        assert await fetchval("SELECT verification FROM exporter") == after
        [entry] = await fetch("SELECT * FROM audit_entry WHERE action = 'exporter.verification'")
        assert (entry["actor"], entry["reason"]) == (ACTOR, "because")
    else:
        with pytest.raises(Conflict):
            await service.change_verification(id, after, ACTOR)
        assert await fetchval("SELECT verification FROM exporter") == before


async def test_an_unknown_exporter_is_not_found(db: None) -> None:
    with pytest.raises(NotFound):
        await service.change_verification(1, Verification.VERIFIED, ACTOR)
    with pytest.raises(NotFound):
        await queries.id_of("nobody")


async def test_a_verification_holds_for_a_year(db: None) -> None:
    id = await make_exporter(verification="UNDER_REVIEW")
    await service.verify(id, "DENİB", ACTOR, today=date(2026, 3, 1))
    row = (await fetch("SELECT verified_by, verified_until, verified_at FROM exporter"))[0]
    assert (row["verified_by"], row["verified_until"]) == ("DENİB", date(2027, 3, 1))
    assert row["verified_at"] is not None
