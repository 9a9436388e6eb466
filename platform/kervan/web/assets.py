"""The static files: read into memory once, served under a content-hashed address that never changes its content."""

import gzip
import hashlib
import mimetypes
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from kervan.errors import NotFound

_FOREVER = "public, max-age=31536000, immutable"
_LOOK_SECONDS = 2.0
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".webp": "image/webp",
    ".avif": "image/avif",
}


class Asset(msgspec.Struct, frozen=True):
    """One static file; `gzipped` is None where compression gains nothing."""

    content: bytes
    gzipped: bytes | None
    media_type: str


class Assets:
    """All files under a folder. One hash names the whole tree, so files refer to each other by relative paths.

    With `watched` folders `refresh` looks, at most every two seconds, whether anything in them has changed.
    """

    def __init__(self, folder: Path, watched: Sequence[Path] = ()) -> None:
        self.folder = folder
        self.watched = watched
        self.looked_at = 0.0
        self.stamp = self._stamp()
        self.files: dict[str, Asset] = {}
        self.version = ""
        self._read()

    def _read(self) -> None:
        files, digest = {}, hashlib.sha256()
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            name, content = path.relative_to(self.folder).as_posix(), path.read_bytes()
            digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
            files[name] = _asset(name, content)
        self.files, self.version = files, digest.hexdigest()[:12]

    def _stamp(self) -> frozenset[tuple[str, int, int]]:
        return frozenset(found for folder in self.watched for found in _files(folder))

    def refresh(self) -> bool:
        """Whether something in the watched folders has changed; the files are then read again."""
        if not self.watched or time.monotonic() - self.looked_at < _LOOK_SECONDS:
            return False
        self.looked_at = time.monotonic()
        stamp = self._stamp()
        if stamp == self.stamp:
            return False
        self.stamp = stamp
        self._read()
        return True

    def address(self, path: str) -> str:
        """Where the browser finds the file. KeyError when there is none: a template that names it is wrong."""
        if path not in self.files:
            raise KeyError(f"There is no static file {path!r}.")
        return f"/static/{self.version}/{path}"

    def text(self, path: str) -> str | None:
        """The content of a text file, or None when there is none."""
        asset = self.files.get(path)
        return None if asset is None else asset.content.decode()


def _asset(name: str, content: bytes) -> Asset:
    suffix = Path(name).suffix
    media_type = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    squeezed = gzip.compress(content, 9, mtime=0) if len(content) > 256 else content
    return Asset(content, squeezed if len(squeezed) < len(content) * 0.9 else None, media_type)


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Address, time and size of every file below. os.scandir: this runs in the event loop of a developer's server."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(Path(entry.path))
            else:
                status = entry.stat()
                yield entry.path, status.st_mtime_ns, status.st_size


@get("/static/{version:str}/{path:path}", include_in_schema=False, sync_to_thread=False)
def static_file(
    request: Request[Any, Any, Any], version: FromPath[str], path: FromPath[str]
) -> Response[bytes]:
    """A static file. Under the tree's present hash it may be kept for ever, under another one not at all."""
    assets: Assets = request.app.state.assets
    asset = assets.files.get(str(path).lstrip("/"))
    if asset is None:
        raise NotFound()
    headers = {"Cache-Control": _FOREVER if version == assets.version else "no-cache"}
    content = asset.content
    if asset.gzipped is not None:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            content = asset.gzipped
    return Response(content, media_type=asset.media_type, headers=headers)
