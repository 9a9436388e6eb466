"""What is sealed, signed and kept as a hash; and the secret of a development machine."""

import multiprocessing
import stat
from collections.abc import Iterator
from multiprocessing.queues import Queue
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan import vault
from kervan.errors import SettingsError
from kervan.settings import load

FIRST = "f" * 32
SECOND = "s" * 32


@pytest.fixture(autouse=True)
def first_secret() -> Iterator[None]:
    vault.use(FIRST)
    yield
    vault.use("")


@given(st.text(), st.text())
def test_what_was_sealed_for_a_purpose_opens_for_it(text: str, purpose: str) -> None:
    try:
        text.encode()
        purpose.encode()
    except UnicodeEncodeError:
        return
    sealed = vault.seal(text, purpose)
    assert sealed.isascii()
    assert vault.unseal(sealed, purpose) == text


def test_the_sealed_text_does_not_show_what_it_holds_and_differs_every_time() -> None:
    sealed = vault.seal("10000000146", "tckn")
    assert "10000000146" not in sealed
    assert sealed != vault.seal("10000000146", "tckn")


def test_another_purpose_does_not_open_it() -> None:
    with pytest.raises(vault.Broken):
        vault.unseal(vault.seal("text", "totp"), "mail")


@pytest.mark.parametrize("sealed", ["", "not sealed", "İ", "gAAAAA==", "\ud800"])
def test_what_was_never_sealed_is_broken(sealed: str) -> None:
    with pytest.raises(vault.Broken):
        vault.unseal(sealed, "mail")


@given(st.floats(0, 1), st.permutations("ABCxyz019-_"))
def test_one_changed_character_breaks_the_seal(share: float, letters: list[str]) -> None:
    sealed = vault.seal("ten thousand euros", "mail")
    # Before the padding: the last letters of base64 hold bits that nobody reads. What is drawn may not depend on the
    # seal, which differs every time.
    place = round(share * (len(sealed) - 5))
    other = next(letter for letter in letters if letter != sealed[place])
    with pytest.raises(vault.Broken):
        vault.unseal(sealed[:place] + other + sealed[place + 1 :], "mail")


def test_a_new_secret_opens_what_the_old_one_sealed_and_seals_with_itself() -> None:
    old = vault.seal("text", "totp")
    signature = vault.sign("text", "unsubscribe")
    vault.use(SECOND, old=[FIRST])
    assert vault.unseal(old, "totp") == "text"
    assert vault.is_signed("text", signature, "unsubscribe")
    new = vault.seal("text", "totp")
    vault.use(SECOND)
    assert vault.unseal(new, "totp") == "text"
    assert not vault.is_signed("text", signature, "unsubscribe")
    with pytest.raises(vault.Broken):
        vault.unseal(old, "totp")


def test_equal_texts_have_equal_fingerprints_for_one_purpose_and_secret_only() -> None:
    first = vault.fingerprint("10000000146", "tckn")
    assert len(first) == 64
    assert int(first, 16)
    assert first == vault.fingerprint("10000000146", "tckn")
    others = {vault.fingerprint("10000000147", "tckn"), vault.fingerprint("10000000146", "vkn")}
    vault.use(SECOND)
    others.add(vault.fingerprint("10000000146", "tckn"))
    assert first not in others
    assert len(others) == 3


def test_a_signature_fits_into_a_url_and_belongs_to_its_text_and_purpose() -> None:
    signature = vault.sign("p7.newsletter", "unsubscribe")
    assert len(signature) == 43
    assert signature.replace("-", "").replace("_", "").isalnum()
    assert vault.is_signed("p7.newsletter", signature, "unsubscribe")
    assert not vault.is_signed("p8.newsletter", signature, "unsubscribe")
    assert not vault.is_signed("p7.newsletter", signature, "reset")
    assert not vault.is_signed("p7.newsletter", "", "unsubscribe")


def test_the_keys_of_sealing_and_signing_differ() -> None:
    assert vault.sign("a", "p") != vault.fingerprint("a", "p")
    assert bytes.fromhex(vault.fingerprint("a", "p")).hex() not in vault.sign("a", "p")


def test_comparing_takes_letters_outside_ascii() -> None:
    assert vault.same("şifre", "şifre")
    assert not vault.same("şifre", "sifre")
    assert not vault.same("\ud800", "x")


def test_tokens_are_long_never_repeat_and_are_kept_as_32_bytes() -> None:
    tokens = {vault.new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {43}
    assert {len(vault.token_hash(token)) for token in tokens} == {32}
    token = tokens.pop()
    assert vault.token_hash(token) == vault.token_hash(token)
    assert vault.token_hash(token) != vault.token_hash(token + "x")


def test_in_development_the_secret_is_made_once_and_only_its_owner_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    monkeypatch.setenv("KERVAN_DATA", str(data))
    vault.use("")
    sealed = vault.seal("text", "mail")
    kept = data / "secret"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(kept.read_text()) == 64
    assert [path.name for path in data.iterdir()] == ["secret"]
    vault.use("")  # as after a restart
    assert vault.unseal(sealed, "mail") == "text"


def _sign_in(data: str, start: object, results: "Queue[str]") -> None:
    import os

    os.environ["KERVAN_DATA"] = data
    vault.use("")
    start.wait()  # type: ignore[attr-defined]  # a barrier
    results.put(vault.sign("text", "race"))


def test_processes_that_start_together_on_an_empty_folder_share_one_secret(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(3), context.Queue()
    processes = [
        context.Process(target=_sign_in, args=(str(tmp_path / "data"), start, results)) for _ in range(3)
    ]
    for process in processes:
        process.start()
    signatures = {results.get(timeout=60) for _ in processes}
    for process in processes:
        process.join(60)
    assert len(signatures) == 1


def test_a_process_that_comes_second_takes_the_secret_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("made by the first process")
    vault._make(path)
    assert path.read_text() == "made by the first process"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"])
def test_a_damaged_secret_stops_the_process_with_a_sentence(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_bytes(content)
    monkeypatch.setenv("KERVAN_DATA", str(tmp_path))
    vault.use("")
    with pytest.raises(SettingsError, match="secret"):
        vault.seal("text", "mail")


def test_the_secrets_of_the_environment_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = vault.seal("text", "mail")
    monkeypatch.setenv("KERVAN_DATA", str(tmp_path))
    monkeypatch.setenv("KERVAN_SECRET", SECOND)
    monkeypatch.setenv("KERVAN_SECRET_OLD", f"{'x' * 32}, {FIRST},")
    vault.use("")
    assert vault.unseal(sealed, "mail") == "text"
    assert not (tmp_path / "secret").exists()


def test_reading_the_settings_touches_no_file(tmp_path: Path) -> None:
    settings = load({"KERVAN_DATA": str(tmp_path / "data")})
    assert settings.secret == ""
    assert settings.old_secrets == ()
    assert not (tmp_path / "data").exists()


def test_a_secret_with_a_comma_is_refused_because_it_could_not_become_an_old_one() -> None:
    with pytest.raises(SettingsError, match="comma"):
        load({"KERVAN_SECRET": "a,b" * 20})
