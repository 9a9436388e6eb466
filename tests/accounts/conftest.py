"""Fixtures of tests about accounts."""

import pytest
from argon2 import PasswordHasher

from kervan.accounts import passwords


class Counting:
    """A hasher that notes how often it works: equal work can be counted, time cannot be compared in a test."""

    def __init__(self, real: PasswordHasher) -> None:
        self.real = real
        self.done: list[str] = []

    def hash(self, password: bytes) -> str:
        self.done.append("hash")
        return self.real.hash(password)

    def verify(self, kept: str, password: bytes) -> bool:
        self.done.append("verify")
        return self.real.verify(kept, password)

    def check_needs_rehash(self, kept: str) -> bool:
        return self.real.check_needs_rehash(kept)


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was hashed or compared so far."""
    counting = Counting(passwords._hasher)
    monkeypatch.setattr(passwords, "_hasher", counting)
    return counting.done
