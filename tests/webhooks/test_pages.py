"""The desk's pages: a webhook is made once the password was typed, its secret shown once, its log looked through."""

import html
import re
from collections.abc import Sequence
from types import ModuleType

import httpx
import msgspec
import pytest
from litestar import Litestar
from people import audited, make_importer, make_member, make_person, post_form, sign_in
from receiving import Receiver

from kervan.db import execute, fetch, fetchval
from kervan.settings import Settings
from kervan.webhooks import service, signing, targets
from kervan.webhooks.events import CHOICES, EVENTS, GROUPS

from .conftest import Made, Owned, caller, later, make_hook, tell, the_delivery, work


@pytest.fixture
async def signed_in(client: httpx.AsyncClient, owned: Owned, fresh_app: Litestar) -> httpx.AsyncClient:
    """The owner's browser, on a machine that may reach itself."""
    fresh_app.state.settings = msgspec.structs.replace(fresh_app.state.settings, webhooks_local=True)
    await sign_in(client, owned.owner)
    return client


def root(owned: Owned, language: str = "en") -> str:
    return f"/{language}/desk/{owned.firm.public_id}/webhooks"


async def make(client: httpx.AsyncClient, owned: Owned, url: str, **fields: object) -> httpx.Response:
    values = {"name": "ERP", "url": url, "events": ["order.submitted", "quote.sent"], **fields}
    return await post_form(client, f"{root(owned)}/new", values)


async def test_a_webhook_is_made_and_its_secret_shown_once(
    signed_in: httpx.AsyncClient, owned: Owned, receiver: Receiver
) -> None:
    assert "No webhooks yet" in (await signed_in.get(root(owned))).text
    answer = await make(signed_in, owned, receiver.url)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["cache-control"]
    found = re.search(r'data-copy="(whsec_[A-Za-z0-9+/=]{44})"', answer.text)
    assert found
    secret = found[1]
    [row] = await fetch("SELECT * FROM webhook")
    assert row["events"] == ["order.submitted", "quote.sent"]
    assert row["created_by"] == owned.owner
    for table in ("webhook", "audit_entry", "outbox"):
        assert secret not in str([dict(line) for line in await fetch(f"SELECT * FROM {table}")]), table
    assert receiver.url.rpartition("=")[0] not in str(await fetch("SELECT after FROM audit_entry")), (
        "path and query"
    )
    for path in (root(owned), f"{root(owned)}/{row['public_id']}"):
        page = await signed_in.get(path)
        assert page.status_code == 200
        assert "ERP" in page.text
        assert secret not in page.text
    assert await audited(row["public_id"]) == [(f"user:{owned.owner}", "webhook.created")]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"url": "http://hooks.example.com/a"}, "must begin with https://"),
        ({"url": "https://user:x@hooks.example.com"}, "Leave out user and password"),
        ({"url": "https://10.0.0.1/"}, "not an IP address"),
        ({"url": "https://inside.example.com/"}, "leads to no public address"),
        ({"url": ""}, "Please fill this in"),
        ({"url": "https://hooks.example.com/" + "ş" * 700}, "too long"),
        ({"name": " "}, "Please fill this in"),
        ({"name": "x" * 81}, "At most 80 characters"),
        ({"events": []}, "Please choose at least one"),
        ({"events": ["ping"]}, "cannot be chosen here"),
        ({"events": ["order.eaten"]}, "cannot be chosen here"),
    ],
)
async def test_what_cannot_be_a_webhook_is_refused_and_what_was_typed_stays(
    signed_in: httpx.AsyncClient,
    owned: Owned,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    fields: dict[str, object],
    sentence: str,
) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["192.168.7.7"] if host.startswith("inside") else ["93.184.216.34"]

    monkeypatch.setattr(targets, "look_up", resolve)
    answer = await make(signed_in, owned, **{"url": receiver.url, "name": "My <ERP>", **fields})  # type: ignore[arg-type]  # fields by name
    assert answer.status_code == 422
    assert sentence in html.unescape(answer.text)
    if "name" not in fields:
        assert 'value="My &lt;ERP&gt;"' in answer.text
    assert await fetchval("SELECT count(*) FROM webhook") == 0


async def test_making_and_changing_need_a_password_that_was_typed_a_moment_ago(
    signed_in: httpx.AsyncClient, owned: Owned, receiver: Receiver
) -> None:
    hook = await make_hook(owned, receiver.url)
    await execute("UPDATE session SET proved_at = now() - interval '1 hour'")
    one = f"{root(owned)}/{hook.id}"
    for path in (f"{root(owned)}/new", f"{one}/change"):
        asked = await signed_in.get(path)
        assert (asked.status_code, "/en/account/prove?next=" in asked.headers["location"]) == (303, True)
    values = {"name": "x", "url": receiver.url, "events": "order.submitted", "version": "1"}
    for path in (f"{root(owned)}/new", f"{one}/change", f"{one}/secret"):
        refused = await post_form(signed_in, path, values, of=one)
        assert "/en/account/prove?next=" in refused.headers["location"], path
    [row] = await fetch("SELECT name, version FROM webhook")
    assert tuple(row) == ("ERP", 1)


async def test_there_are_never_more_than_ten(
    signed_in: httpx.AsyncClient, owned: Owned, receiver: Receiver
) -> None:
    for _ in range(service.MOST_HOOKS):
        await make_hook(owned, receiver.url)
    answer = await make(signed_in, owned, receiver.url)
    assert answer.status_code == 422
    assert "There are 10 webhooks already" in answer.text


async def test_a_trial_and_the_log_of_what_came_back(
    signed_in: httpx.AsyncClient, owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    hook = await make_hook(owned, receiver.url)
    one = f"{root(owned)}/{hook.id}"
    answer = await post_form(signed_in, f"{one}/ping", of=one)
    assert answer.headers["location"] == f"{one}?said=webhook-pinged"
    assert "not tried yet" in (await signed_in.get(one)).text
    receiver.status, receiver.said = 500, b"<b>no</b> place"
    await work(settings)
    page = await signed_in.get(one)
    assert "500" in page.text
    line = await fetchval("SELECT public_id FROM webhook_delivery")
    detail = await signed_in.get(f"{one}/deliveries/{line}")
    assert "&lt;b&gt;no&lt;/b&gt; place" in detail.text
    assert "The answer was not a status from 200 to 299." in detail.text
    assert "evt_" in detail.text


async def test_five_trials_a_minute_are_enough(
    signed_in: httpx.AsyncClient, owned: Owned, receiver: Receiver
) -> None:
    hook = await make_hook(owned, receiver.url)
    one = f"{root(owned)}/{hook.id}"
    for _ in range(service.PINGS_A_MINUTE):
        assert (await post_form(signed_in, f"{one}/ping", of=one)).status_code == 303
    assert (await post_form(signed_in, f"{one}/ping", of=one)).status_code == 429


async def test_a_failed_delivery_is_sent_again_from_the_log(
    signed_in: httpx.AsyncClient, owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    hook = await make_hook(owned, receiver.url)
    one = f"{root(owned)}/{hook.id}"
    await tell(owned, event_id="o-1")
    line = (await the_delivery())["public_id"]
    again = f"{one}/deliveries/{line}/redeliver"
    assert (await post_form(signed_in, again, of=one)).status_code == 409, "it is on its way already"
    receiver.status = 410
    await execute("UPDATE webhook_delivery SET attempts = 7")
    await work(settings)
    assert (await the_delivery())["state"] == "FAILED"
    receiver.status = 200
    answer = await post_form(signed_in, again, of=one)
    assert answer.headers["location"] == f"{one}?said=retried"
    await later()
    await work(settings)
    row = await the_delivery()
    assert (row["state"], row["attempts"]) == ("SENT", 1)
    assert [got.headers["webhook-id"] for got in receiver.got] == ["o-1", "o-1"]
    assert (await post_form(signed_in, again, of=one)).status_code == 303, "what was taken too"
    await service.pause(*await caller(owned), hook.id)
    await execute("UPDATE webhook_delivery SET state = 'FAILED', delivered_at = NULL")
    assert (await post_form(signed_in, again, of=one)).status_code == 409, "it rests"


async def test_the_log_has_pages_and_a_filter(
    signed_in: httpx.AsyncClient, owned: Owned, receiver: Receiver
) -> None:
    hook = await make_hook(owned, receiver.url)
    for number in range(27):
        await tell(owned, event_id=f"o-{number}")
    await execute("UPDATE webhook_delivery SET state = 'FAILED' WHERE event_id IN ('o-3', 'o-4')")
    one = f"{root(owned)}/{hook.id}"

    async def lines(query: str) -> int:
        answer = await signed_in.get(f"{one}{query}")
        assert answer.status_code == 200
        return len(re.findall(r"/deliveries/[a-z0-9]{12}\"", answer.text))

    assert await lines("") == 25
    assert await lines("?page=2") == 2
    assert await lines("?state=FAILED") == 2
    assert await lines("?state=SENT") == 0
    for nonsense in ("?page=x", "?page=-1", "?page=0", "?state=BAD"):
        assert await lines(nonsense) == 25
    assert await lines("?page=99999999999999") == 25
    assert await lines("?page=999999999") == 0


async def test_a_webhook_is_changed_unless_somebody_was_faster(
    signed_in: httpx.AsyncClient, owned: Owned, receiver: Receiver
) -> None:
    hook = await make_hook(owned, receiver.url)
    path = f"{root(owned)}/{hook.id}/change"
    shown = await signed_in.get(path)
    assert html.escape(receiver.url) in shown.text
    values = {"name": "Depo", "url": receiver.url, "events": ["order.message"], "version": "1"}
    answer = await post_form(signed_in, path, values)
    assert answer.headers["location"] == f"{root(owned)}/{hook.id}?said=saved"
    [row] = await fetch("SELECT name, events, version FROM webhook")
    assert tuple(row) == ("Depo", ["order.message"], 2)
    late = await post_form(signed_in, path, values)
    assert late.status_code == 422
    assert "Somebody else has changed this webhook" in late.text


async def test_pause_resume_and_a_new_secret(
    signed_in: httpx.AsyncClient, owned: Owned, receiver: Receiver
) -> None:
    hook = await make_hook(owned, receiver.url)
    one = f"{root(owned)}/{hook.id}"
    await post_form(signed_in, f"{one}/pause", of=one)
    assert await fetchval("SELECT active FROM webhook") is False
    assert "Paused" in (await signed_in.get(one)).text
    await post_form(signed_in, f"{one}/resume", of=one)
    assert await fetchval("SELECT active FROM webhook") is True
    answer = await post_form(signed_in, f"{one}/secret", of=one)
    found = re.search(r'data-copy="(whsec_[^"]+)"', answer.text)
    assert found
    assert found[1] != hook.secret
    assert "The old secret signs too until" in (await signed_in.get(one)).text
    assert [action for _, action in await audited(hook.id)] == [
        "webhook.created", "webhook.paused", "webhook.resumed", "webhook.secret_rotated",
    ]  # fmt: skip


async def test_a_removed_webhook_leaves_nothing_to_steal(
    signed_in: httpx.AsyncClient, owned: Owned, receiver: Receiver
) -> None:
    hook = await make_hook(owned, receiver.url)
    await tell(owned)
    one = f"{root(owned)}/{hook.id}"
    answer = await post_form(signed_in, f"{one}/remove", of=one)
    assert answer.headers["location"] == f"{root(owned)}?said=webhook-removed"
    [row] = await fetch("SELECT secret, old_secret, url, active FROM webhook")
    assert tuple(row) == (None, None, "", False)
    assert await fetchval("SELECT count(*) FROM webhook_delivery") == 0
    assert (await signed_in.get(one)).status_code == 404
    assert (await post_form(signed_in, f"{one}/resume", of=root(owned) + "/new")).status_code == 404


async def test_another_firms_webhook_does_not_exist(
    client: httpx.AsyncClient, owned: Owned, receiver: Receiver
) -> None:
    hook = await make_hook(owned, receiver.url)
    importer, buyer = await make_importer(), await make_person("Jonas Petersen")
    await make_member(importer, buyer, "OWNER")
    await sign_in(client, buyer)
    own = f"/en/desk/{importer.public_id}/webhooks"
    assert (await client.get(own)).status_code == 200
    for path in (root(owned), f"{root(owned)}/{hook.id}", f"{own}/{hook.id}", f"{own}/{hook.id}/change"):
        assert (await client.get(path)).status_code == 404, path
    for action in ("ping", "pause", "resume", "remove", "secret", "change"):
        answer = await post_form(client, f"{own}/{hook.id}/{action}", of=f"{own}/new")
        assert answer.status_code == 404, action
    assert await fetchval("SELECT active FROM webhook") is True


async def test_a_colleague_without_the_right_is_told_so(
    client: httpx.AsyncClient, owned: Owned, receiver: Receiver
) -> None:
    editor = await make_person("Elif Ak")
    await make_member(owned.firm, editor, "EDITOR")
    await sign_in(client, editor)
    assert (await client.get(root(owned))).status_code == 403
    assert "/webhooks" not in (await client.get(f"/en/desk/{owned.firm.public_id}")).text


async def test_the_page_shows_a_program_that_checks_signatures_and_it_does(
    signed_in: httpx.AsyncClient, owned: Owned
) -> None:
    """The very text of the page is run."""
    page = await signed_in.get(root(owned, "tr"))
    found = re.search(r"<code data-example>(.*?)</code>", page.text, re.DOTALL)
    assert found
    module = ModuleType("shown")
    exec(html.unescape(found[1]), module.__dict__)
    secret, body = signing.new_secret(), '{"event":"ping","name":"Şile"}'.encode()
    import time

    now = int(time.time())
    headers = signing.headers("evt_1", now, body, [signing.new_secret(), secret])
    assert module.verify(secret, headers, body) == {"event": "ping", "name": "Şile"}
    with pytest.raises(ValueError, match="signature"):
        module.verify(secret, headers, body + b" ")
    with pytest.raises(ValueError, match="signature"):
        module.verify(secret, {**headers, "webhook-id": "evt_2"}, body)
    with pytest.raises(ValueError, match="signature"):
        module.verify(signing.new_secret(), headers, body)
    with pytest.raises(ValueError, match="signature"):
        module.verify(secret, {**headers, "webhook-timestamp": str(now + 1)}, body)
    for away in (-400, 400):
        old = signing.headers("evt_1", now + away, body, [secret])
        with pytest.raises(ValueError, match="old"):
            module.verify(secret, old, body)


def test_the_signature_is_that_of_the_standards_own_libraries() -> None:
    """The test vector that the libraries of Standard Webhooks share."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = signing.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [secret])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_event_has_a_sentence_and_a_group() -> None:
    assert all(sentence.endswith(".") for sentence in EVENTS.values())
    assert {event.partition(".")[0] for event in CHOICES} == set(GROUPS)


async def test_a_closed_firm_has_no_webhooks(owned: Owned, receiver: Receiver) -> None:
    from kervan.db import transaction
    from kervan.privacy.firms import close_firm

    await make_hook(owned, receiver.url)
    await tell(owned)
    async with transaction() as tx:
        firm = await tx.connection.fetchrow(
            "SELECT id, public_id FROM organisation WHERE id = $1", owned.firm.id
        )
        await close_firm(tx.connection, firm, "Zeynep Kaya", "user:1")
    [row] = await fetch("SELECT secret, url, removed_at FROM webhook")
    assert (row["secret"], row["url"], row["removed_at"] is None) == (None, "", False)
    assert await fetchval("SELECT count(*) FROM webhook_delivery") == 0


async def test_a_new_secret_of_the_house_opens_the_secrets_of_webhooks(
    owned: Owned, receiver: Receiver, settings: Settings
) -> None:
    from kervan import vault
    from kervan.reseal import reseal

    try:
        vault.use("first secret, thirty-two characters and more")
        hook: Made = await make_hook(owned, receiver.url)
        new = await service.rotate(*await caller(owned), hook.id)
        vault.use(
            "second secret, thirty-two characters and more", ["first secret, thirty-two characters and more"]
        )
        assert await reseal() == 2
        vault.use("second secret, thirty-two characters and more")
        await tell(owned)
        await work(settings)
        from kervan.webhooks.receiver_example import verify

        for secret in (hook.secret, new):
            verify(secret, receiver.got[0].headers, receiver.got[0].body)
    finally:
        vault.use("")
