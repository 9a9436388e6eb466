"""Where uploads lie: a folder outside the web root, under random names that tell nothing and cannot be guessed."""

import os
import re
import secrets
from pathlib import Path

from anyio import to_thread

from kervan import settings
from kervan.errors import NotFound

_SIGNS = "abcdefghijklmnopqrstuvwxyz234567"
_NAME_LENGTH = 26
"""Signs of 5 bits each: 130 bits, more than anybody can try."""
_SHAPE = re.compile(r"([a-z][a-z-]{0,19})/([a-z2-7]{2})/(?=\2)[a-z2-7]{26}\.[a-z0-9]{1,5}", re.ASCII)

_root: Path | None = None


def use(root: Path) -> None:
    """Keeps uploads in this folder from now on. Without it they are kept under the data folder of the settings."""
    global _root
    _root = root.resolve()


def is_ours(path: str, folder: str) -> bool:
    """Whether the path has the shape of one that `put` gives for the folder; nothing is looked up."""
    found = _SHAPE.fullmatch(path)
    return found is not None and found[1] == folder


async def put(folder: str, data: bytes, extension: str) -> str:
    """The path under which the bytes are now kept, relative to the root: `<folder>/<2 signs>/<26 signs>.<extension>`.

    They are on the disk when it returns. Folder and extension are the caller's own words, never a user's: ValueError
    when they do not fit the shape.
    """
    name = "".join(secrets.choice(_SIGNS) for _ in range(_NAME_LENGTH))
    path = f"{folder}/{name[:2]}/{name}.{extension}"
    if not _SHAPE.fullmatch(path):
        raise ValueError(f"{folder!r} and {extension!r} make no path of an upload.")
    await to_thread.run_sync(_write, path, data)
    return path


async def read(path: str) -> bytes:
    """The bytes kept under the path. NotFound when there are none or the path is not one of ours."""
    return await to_thread.run_sync(_read, path)


async def size(path: str) -> int:
    """How many bytes are kept under the path. NotFound as `read`."""
    return await to_thread.run_sync(_size, path)


async def delete(path: str) -> None:
    """Forgets what is kept under the path; it may be gone already. NotFound when the path is not one of ours."""
    await to_thread.run_sync(_delete, path)


def _place(path: str) -> Path:
    """The file of a path. NotFound when the path has another shape or a link on the way leads elsewhere."""
    root = _root or (settings.load().data / "uploads").resolve()
    if not _SHAPE.fullmatch(path):
        raise NotFound()
    place = root / path
    if place.resolve() != place:
        raise NotFound()
    return place


def _write(path: str, data: bytes) -> None:
    place = _place(path)
    for folder in (place.parents[2], place.parents[1], place.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = place.with_name(f".{place.name}.part")
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        unfinished.rename(place)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    # A new name outlives a power cut only when its folders are on the disk too.
    for folder in (place.parent, place.parents[1], place.parents[2]):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: str) -> bytes:
    try:
        with open(os.open(_place(path), os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return file.read()
    except OSError as error:
        raise _missing(error) from error


def _size(path: str) -> int:
    try:
        return _place(path).lstat().st_size
    except OSError as error:
        raise _missing(error) from error


def _delete(path: str) -> None:
    _place(path).unlink(missing_ok=True)


def _missing(error: OSError) -> Exception:
    """NotFound for a file that is not there; a disk that fails is no 404."""
    gone = isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError)
    return NotFound() if gone else error
