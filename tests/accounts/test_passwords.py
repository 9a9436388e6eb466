"""Which passwords may be chosen, and that their hashes tell nothing, not even by the time they take."""

import re
import time
import unicodedata
from statistics import median

import pytest
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError
from hypothesis import given
from hypothesis import strategies as st

from kervan.accounts import passwords
from kervan.trade.errors import TradeError

GOOD = "yedi deve üç hurma"


async def test_the_right_password_opens_and_every_other_does_not() -> None:
    kept = await passwords.hash(GOOD)
    assert await passwords.verify(kept, GOOD)
    assert not await passwords.verify(kept, GOOD + " ")
    assert not await passwords.verify(kept, GOOD.upper())
    assert not await passwords.verify(kept, "")


async def test_the_hash_is_argon2id_with_the_named_parameters_and_never_the_same() -> None:
    first, second = await passwords.hash(GOOD), await passwords.hash(GOOD)
    assert re.match(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$", first)
    assert first != second
    assert GOOD not in first


async def test_letters_with_their_marks_apart_are_the_same_password() -> None:
    typed_on_a_mac = unicodedata.normalize("NFD", GOOD)
    assert typed_on_a_mac != GOOD
    assert await passwords.verify(await passwords.hash(typed_on_a_mac), GOOD)


async def test_nobody_has_no_password() -> None:
    assert not await passwords.verify(None, GOOD)
    assert not await passwords.verify(None, "")


async def test_asking_for_nobody_takes_as_long_as_asking_for_somebody() -> None:
    """Half to double: far from the thousandfold that would tell who has an account."""
    kept = await passwords.hash(GOOD)

    async def seconds(hash: str | None) -> float:
        start = time.perf_counter()
        await passwords.verify(hash, "another password")
        return time.perf_counter() - start

    somebody = median([await seconds(kept) for _ in range(7)])
    nobody = median([await seconds(None) for _ in range(7)])
    assert 0.5 < nobody / somebody < 2


@pytest.mark.parametrize("password", ["x" * 1_000_000, "\ufdfa" * 800, "\ud800" * 20, "\x00" * 12])
async def test_a_strange_or_huge_password_is_simply_wrong(password: str) -> None:
    assert not await passwords.verify(await passwords.hash(GOOD), password)


async def test_a_hash_of_former_parameters_still_opens_and_asks_for_a_new_one() -> None:
    former = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1, type=Type.ID).hash(GOOD)
    assert await passwords.verify(former, GOOD)
    assert passwords.needs_rehash(former)
    assert not passwords.needs_rehash(await passwords.hash(GOOD))


async def test_a_damaged_hash_is_no_wrong_password() -> None:
    with pytest.raises(InvalidHashError):
        await passwords.verify("plain text", GOOD)


@pytest.mark.parametrize(
    "password",
    [GOOD, "kırmızı-at-koştu", "correct horse battery", "東京都港区芝公園四丁目です", "x7!Kp9#mQ2"],
)
def test_a_good_password_may_be_chosen(password: str) -> None:
    passwords.check(password, about=("ayse.yilmaz@ornekfirma.com.tr", "Ayşe Yılmaz"))


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "at least 10"),
        ("dokuzharf", "at least 10"),
        ("o\u0308" * 9, "at least 10"),
        ("ab" * 100 + "cde", "at most 200"),
        ("\ufdfa" * 20, "at most 200"),
        ("1234567890", "thieves"),
        ("QWERTYUIOP", "thieves"),
        ("１２３４５６７８９０", "thieves"),
        ("aaaaaaaaaaaaaaa", "thieves"),
        ("ababababababab", "thieves"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(TradeError, match=reason):
        passwords.check(password)


def test_the_limits_themselves_are_within() -> None:
    passwords.check("çok-uzun-1")
    passwords.check(("abcdefghij" * 20)[:200])


@pytest.mark.parametrize(
    ("password", "about"),
    [
        ("ayseyilmaz1990!", "ayse.yilmaz@ornekfirma.com.tr"),
        ("xx-AYŞE-xx-2026", "ayse.yilmaz@ornekfirma.com.tr"),
        ("ornekfirma2026", "ayse.yilmaz@ornekfirma.com.tr"),
        ("ÖrnekFirma2026", "ayse@ornekfirma.com.tr"),
        ("Y-ı-l-m-a-z-34", "Ayşe Yılmaz"),
        ("YILMAZ-34-ist", "Ayşe Yılmaz"),
        ("alican-34-xyz", "Ali Can"),
    ],
)
def test_what_others_know_of_a_person_may_not_be_in_the_password(password: str, about: str) -> None:
    with pytest.raises(TradeError, match="your name"):
        passwords.check(password, about=[about])


def test_short_words_and_the_end_of_a_domain_do_not_count() -> None:
    passwords.check("beli com firtinasi", about=["ali@abc.com", "A.Ş.", ""])


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_is_either_taken_or_refused_with_a_sentence(password: str, about: list[str]) -> None:
    try:
        passwords.check(password, about=about)
    except TradeError as refusal:
        assert str(refusal).endswith(".")
        assert password not in str(refusal) or len(password) < 10
    else:
        assert passwords.SHORTEST <= len(unicodedata.normalize("NFKC", password)) <= passwords.LONGEST
