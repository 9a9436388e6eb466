"""Events in the index: what a document holds, and that the index is made equal to the tables."""

import eventing
import pytest
from eventing import Fair

from kervan.db import execute, fetch
from kervan.discovery import documents_events, indexing
from kervan.discovery.engine import EVENTS
from kervan.events import service
from kervan.events.structs import EventShown, Session, Text
from kervan.outbox import drain
from kervan_search.engine import Document, Engine, Query, check_document


async def versions(search: Engine) -> dict[str, int]:
    return await search.versions("events")


async def settle(search: Engine) -> None:
    """The outbox is carried out as the worker does it."""
    while await drain(indexing.handlers(search)):
        pass


async def document(event: EventShown) -> Document:
    [found] = await documents_events.events_by_id([event.id])
    return found


async def test_a_document_holds_what_the_public_may_find(fair: Fair) -> None:
    made = await eventing.make_event(
        fair.union, format="HYBRID", online_url="https://meet.example/secret", contact_name="Ege Tuna",
        contact_email="ege@denib.example", contact_phone="+90 258 555 12 34", fee_importers=0, address="Çınar Cad. 1",
        sessions=(Session(starts_at=eventing.content().starts_at, ends_at=eventing.content().ends_at,
            title="From yarn to towel", speakers=("Ayşe Yılmaz",)),),
    )  # fmt: skip
    found = await document(made)
    check_document(EVENTS, found)
    assert found.titles == {"en": "Denizli home textile fair", "tr": "Denizli ev tekstili fuarı"}
    assert found.facets == {
        "state": ("PUBLISHED",), "kind": ("FAIR",), "month": found.facets["month"], "place": ("online", "TR", "TR-20"),
        "sector": ("home-textiles",), "format": ("HYBRID",), "language": ("en", "tr"), "organiser": ("ASSOCIATION",),
        "free": ("yes",),
    }  # fmt: skip
    assert {"Denizli", "Fair hall", "Türkiye", "Home textiles", "Ev tekstili"} <= set(found.keywords)
    said = " ".join((*found.keywords, *found.texts.values(), *found.titles.values()))
    assert "From yarn to towel" in said
    assert "Ayşe Yılmaz" in said
    for secret in ("meet.example", "ege@", "555 12 34", "Ege Tuna", "Çınar"):
        assert secret not in said
    assert (found.codes, found.version) == (("6302",), made.version)


async def test_the_window_of_registration_is_asked_by_numbers(fair: Fair) -> None:
    open_at_once = await document(await eventing.make_event(fair.union))
    content = eventing.content()
    assert content.starts_at is not None
    assert open_at_once.numbers["opens_at"] == 0.0
    assert open_at_once.numbers["closes_at"] == content.starts_at.timestamp()
    without = await document(await eventing.make_event(fair.union, registration="NONE"))
    assert {"opens_at", "closes_at"}.isdisjoint(without.numbers)


async def test_every_step_of_an_event_reaches_the_index(search: Engine, fair: Fair) -> None:
    made = await eventing.drafted(fair.union)
    await settle(search)
    assert await versions(search) == {}
    await service.publish(fair.union.caller, made.public_id)
    await settle(search)
    [version] = (await versions(search)).values()
    texts = (Text(language="en", title="A week of looms", summary="Looms."),)
    await service.change(fair.union.caller, made.public_id, eventing.content(texts=texts))
    await settle(search)
    assert (await versions(search))[str(made.id)] > version
    assert [hit.id for hit in (await search.search("events", Query("looms"))).hits] == [str(made.id)]
    await service.cancel(fair.union.caller, made.public_id, "No hall.")
    await settle(search)
    page = await search.search("events", Query("looms", filters={"state": ("CANCELLED",)}))
    assert [hit.id for hit in page.hits] == [str(made.id)]


async def test_what_differs_is_found_and_repaired(search: Engine, fair: Fair) -> None:
    kept, gone, changed = [
        await eventing.make_event(fair.union, texts=(Text(language="en", title=f"Fair {n}", summary="Yes."),))
        for n in ("A", "B", "C")
    ]
    await eventing.drafted(fair.union)
    assert (await indexing.reindex(search))["events"] == 3
    await search.delete("events", [str(kept.id)])
    await execute("UPDATE trade_event SET state = 'DRAFT' WHERE id = $1", gone.id)
    await execute("UPDATE trade_event SET version = version + 1 WHERE id = $1", changed.id)
    [difference] = [found for found in await indexing.compare(search) if found.index == "events"]
    assert (difference.missing, difference.stale, difference.surplus) == (
        [str(kept.id)],
        [str(changed.id)],
        [str(gone.id)],
    )
    await indexing.repair(search, difference)
    assert all(difference.total == 0 for difference in await indexing.compare(search))


async def test_an_index_of_events_that_an_upgrade_brought_empty_is_filled(search: Engine, fair: Fair) -> None:
    await indexing.reindex(search)
    made = await eventing.make_event(fair.union)
    assert await search.count("events") == 0
    assert await indexing.ensure_ready(search) is True
    assert await versions(search) == {str(made.id): made.version}
    assert await indexing.ensure_ready(search) is False


async def test_what_changed_while_the_index_was_built_is_put_right(
    search: Engine, fair: Fair, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await eventing.make_event(fair.union)
    batches = documents_events.all_events

    async def meanwhile(batch: int = 2000):  # type: ignore[no-untyped-def]  # as the function it stands for
        async for documents in batches(batch):
            await service.cancel(fair.union.caller, made.public_id, "No hall.")
            yield documents

    monkeypatch.setattr(documents_events, "all_events", meanwhile)
    await indexing.reindex(search)
    [row] = await fetch("SELECT version FROM trade_event WHERE id = $1", made.id)
    assert await versions(search) == {str(made.id): row["version"]}
