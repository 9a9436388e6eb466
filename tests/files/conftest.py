"""A store of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kervan.files import store


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which uploads are kept during the test."""
    monkeypatch.setattr(store, "_root", None)
    store.use(tmp_path / "uploads")
    return tmp_path / "uploads"
