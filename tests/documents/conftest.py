"""Files of documents go to a folder of the test."""

from pathlib import Path

import pytest

from kervan.files import store


@pytest.fixture(autouse=True)
def _store(tmp_path: Path) -> None:
    store.use(tmp_path / "uploads")
