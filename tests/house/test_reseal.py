"""After a change of KERVAN_SECRET everything sealed opens with the new one alone."""

from collections.abc import Iterator

import pytest
from factories import make_exporter
from people import make_person

from kervan import vault
from kervan.accounts.factors import SEALED_FOR as TOTP
from kervan.db import execute, fetch, transaction
from kervan.exporters.registration import TCKN
from kervan.mail.service import send
from kervan.reseal import reseal

OLD, NEW = "the former secret, 32 characters long", "the present secret, 32 characters long"


@pytest.fixture
def _secrets() -> Iterator[None]:
    vault.use(OLD)
    yield
    vault.use("")


@pytest.mark.usefixtures("_secrets")
async def test_what_was_sealed_with_the_former_secret_opens_with_the_new_one(db: None) -> None:
    exporter = await make_exporter(kind="SOLE_TRADER", vkn=None)
    number = "10000000146"
    await execute(
        "UPDATE exporter SET tckn_sealed = $2, tckn_fingerprint = $3 WHERE id = $1",
        exporter, vault.seal(number, TCKN), vault.fingerprint(number, TCKN),
    )  # fmt: skip
    await make_person(totp_secret=vault.seal("JBSWY3DPEHPK3PXP", TOTP))
    async with transaction():
        await send("no_account", "can@example.com", "en")
    vault.use(NEW, old=(OLD,))
    assert await reseal() == 3
    vault.use(NEW)
    row = (await fetch("SELECT tckn_sealed, tckn_fingerprint FROM exporter"))[0]
    assert vault.unseal(row["tckn_sealed"], TCKN) == number
    assert row["tckn_fingerprint"] == vault.fingerprint(number, TCKN)


@pytest.mark.usefixtures("_secrets")
async def test_with_a_lost_secret_nothing_is_changed(db: None) -> None:
    await make_person(totp_secret=vault.seal("JBSWY3DPEHPK3PXP", TOTP))
    before = (await fetch("SELECT totp_secret FROM person"))[0]["totp_secret"]
    vault.use(NEW)
    with pytest.raises(vault.Broken):
        await reseal()
    assert (await fetch("SELECT totp_secret FROM person"))[0]["totp_secret"] == before
