"""Static files: for ever under their hash, compressed, and nothing outside their folder."""

from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from kervan.web.assets import Assets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "a.css").write_text("body { color: black }\n" * 100)
    (tmp_path / "dot.png").write_bytes(bytes(range(256)) * 2)
    return tmp_path


def test_any_changed_file_changes_the_address_of_all(folder: Path) -> None:
    before = Assets(folder).address("css/a.css")
    (folder / "dot.png").write_bytes(b"x")
    assert Assets(folder).address("css/a.css") != before
    assert Assets(folder).address("css/a.css") == Assets(folder).address("css/a.css")


def test_a_watched_folder_is_read_again_when_it_changed(folder: Path) -> None:
    watched, still = Assets(folder, watched=(folder,)), Assets(folder)
    (folder / "new.js").write_text("export {}")
    assert watched.refresh()
    assert not still.refresh()
    assert "new.js" in watched.files
    assert "new.js" not in still.files


async def test_a_file_under_its_hash_is_kept_for_ever(bare: httpx.AsyncClient, bare_app: Litestar) -> None:
    address = bare_app.state.assets.address("css/tokens.css")
    answer = await bare.get(address)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_a_file_under_an_old_hash_is_served_but_not_kept(bare: httpx.AsyncClient) -> None:
    answer = await bare.get("/static/0123456789ab/css/tokens.css", headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "../../kervan/settings.py",
        "%2e%2e/%2e%2e/pyproject.toml",
        "css/none.css",
        "css",
        "/etc/passwd",
        "css/a%00.css",
    ],
)
async def test_nothing_else_is_reachable(bare: httpx.AsyncClient, path: str) -> None:
    assert (await bare.get(f"/static/x/{path}")).status_code == 404
