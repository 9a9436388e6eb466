"""Uploads lie under random names outside the web root, and no path leads out of it."""

import os
import stat
from pathlib import Path

import pytest

from kervan.errors import NotFound
from kervan.files import store


async def test_what_is_put_is_read_again_until_it_is_deleted(root: Path) -> None:
    path = await store.put("documents", b"%PDF-1.7 ...", "pdf")
    assert await store.read(path) == b"%PDF-1.7 ..."
    assert await store.size(path) == 12
    await store.delete(path)
    await store.delete(path)
    for ask in (store.read, store.size):
        with pytest.raises(NotFound):
            await ask(path)


async def test_names_are_random_and_only_we_may_read_them(root: Path) -> None:
    paths = {await store.put("photos", b"x", "webp") for _ in range(20)}
    assert len(paths) == 20
    for path in paths:
        folder, two, name = path.split("/")
        assert (folder, two, len(name)) == ("photos", name[:2], 26 + len(".webp"))
        assert stat.S_IMODE((root / path).stat().st_mode) == 0o600
        assert stat.S_IMODE((root / path).parent.stat().st_mode) == 0o700
    assert not [file for file in root.rglob("*") if file.name.endswith(".part")]


async def test_a_write_that_fails_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await store.put("photos", b"x", "webp")
    assert not [file for file in root.rglob("*") if file.is_file()]


GOOD = "photos/ab/ab" + "c" * 24 + ".webp"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "../" + GOOD,
        "photos/../" + GOOD,
        "photos/ab/../../../../etc/passwd",
        "/etc/passwd",
        "/" + GOOD,
        GOOD + "\n",
        GOOD + "/..",
        GOOD + "\x00.png",
        GOOD.replace("/", "\\"),
        GOOD.replace("ab/ab", "ab/ac"),
        GOOD.replace("c.webp", ".webp"),
        GOOD.upper(),
        "photos/ab/." + GOOD[10:],
    ],
)
async def test_a_path_of_another_shape_is_not_found(root: Path, path: str) -> None:
    outside = root.parent / GOOD
    outside.parent.mkdir(parents=True)
    outside.write_bytes(b"not yours")
    for ask in (store.read, store.size, store.delete):
        with pytest.raises(NotFound):
            await ask(path)
    assert outside.read_bytes() == b"not yours"


@pytest.mark.parametrize("link", ["photos", "photos/ab", GOOD])
async def test_a_link_out_of_the_root_is_not_followed(root: Path, link: str) -> None:
    outside = root.parent / "outside" / GOOD
    outside.parent.mkdir(parents=True)
    outside.write_bytes(b"not yours")
    (root / link).parent.mkdir(parents=True, exist_ok=True)
    (root / link).symlink_to(root.parent / "outside" / link)
    assert (root / GOOD).read_bytes() == b"not yours"
    for ask in (store.read, store.size, store.delete):
        with pytest.raises(NotFound):
            await ask(GOOD)
    assert outside.exists()


@pytest.mark.parametrize(
    ("folder", "extension"), [("../x", "webp"), ("photos", "web/p"), ("", "pdf"), ("a", "")]
)
async def test_a_folder_or_extension_that_makes_no_path_is_a_mistake_of_ours(
    root: Path, folder: str, extension: str
) -> None:
    with pytest.raises(ValueError, match="make no path"):
        await store.put(folder, b"x", extension)
    assert not root.exists()


async def test_without_use_uploads_lie_under_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_root", None)
    monkeypatch.setenv("KERVAN_DATA", str(tmp_path / "data"))
    path = await store.put("photos", b"x", "webp")
    assert (tmp_path / "data" / "uploads" / path).read_bytes() == b"x"
