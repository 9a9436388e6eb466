"""What hides whether an address has an account waits until as much time has gone by as the longer way needs."""

import asyncio
import time

import pytest

from kervan.accounts import answers


@pytest.mark.parametrize("work", [0.0, 0.02])
async def test_a_quick_way_waits_for_the_slow_one(work: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "SAME_SECONDS", 0.06)
    started = time.monotonic()
    async with answers.in_the_same_time():
        await asyncio.sleep(work)
    assert time.monotonic() - started >= 0.06


async def test_a_refusal_waits_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "SAME_SECONDS", 0.06)
    started = time.monotonic()
    with pytest.raises(ValueError, match="refused"):
        async with answers.in_the_same_time():
            raise ValueError("refused")
    assert time.monotonic() - started >= 0.06
