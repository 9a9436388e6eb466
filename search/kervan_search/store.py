"""Where an embedded index lies: generation folders, the pointer to the live one, the locks between processes.

<folder>/CURRENT            the name of the live generation, replaced in one step
<folder>/gen-<number>/      a tantivy index, its FINGERPRINT, and DAMAGED when it replaced a broken one unfilled
<folder>/write.lock         held by the process that is changing the live generation
<folder>/build.lock         held by the process that is building the next one
<folder>/JOURNAL            the changes made since that build began, applied before it goes live
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import tantivy

from kervan_search.engine import IndexSpec
from kervan_search.schema import build_schema, fingerprint, prepare


class Store:
    """The folder of one index."""

    def __init__(self, spec: IndexSpec, folder: Path) -> None:
        self.spec = spec
        self.folder = folder
        self.pointer = folder / "CURRENT"
        self.journal = folder / "JOURNAL"
        self.schema = build_schema(spec)
        self._fingerprint = fingerprint(spec)

    @contextlib.contextmanager
    def locked(self, name: str = "write.lock") -> Iterator[None]:
        """Alone among all processes until the end of the block; the kernel lets go when a process dies."""
        with open(self.folder / name, "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def building(self) -> bool:
        """Whether some process is building the next generation right now."""
        with open(self.folder / "build.lock", "ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def live(self) -> Path | None:
        """The live generation's folder, None when there is none yet."""
        try:
            return self.folder / self.pointer.read_text()
        except FileNotFoundError:
            return None

    def ensure(self) -> None:
        """A live generation that opens; an empty one replaces what is missing, broken or of another layout."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.locked():
            live = self.live()
            if live is not None and self.opens(live):
                return
            fresh = self.new_generation()
            if live is not None:
                (fresh / "DAMAGED").touch()
            self.point_to(fresh)

    def opens(self, generation: Path) -> bool:
        """Whether the generation can be read and has this layout."""
        try:
            if (generation / "FINGERPRINT").read_text() != self._fingerprint:
                return False
            self.open(generation).searcher().search(tantivy.Query.all_query(), 1)
        except (OSError, ValueError):
            return False
        return True

    def open(self, generation: Path) -> tantivy.Index:
        """The tantivy index in this folder."""
        index = prepare(tantivy.Index.open(str(generation)))
        index.config_reader("manual")
        index.reload()
        return index

    def new_generation(self) -> Path:
        """An empty generation beside the others, not yet live."""
        taken = [int(path.name.removeprefix("gen-")) for path in self.folder.glob("gen-*")]
        fresh = self.folder / f"gen-{max(taken, default=0) + 1}"
        fresh.mkdir()
        tantivy.Index(self.schema, path=str(fresh))
        (fresh / "FINGERPRINT").write_text(self._fingerprint)
        return fresh

    def point_to(self, generation: Path) -> None:
        """The generation goes live in one step; the others are removed (readers keep what they have mapped)."""
        temporary = self.folder / "CURRENT.new"
        with open(temporary, "w") as file:
            file.write(generation.name)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self.pointer)
        for other in self.folder.glob("gen-*"):
            if other != generation:
                shutil.rmtree(other, ignore_errors=True)

    def discard(self, generation: Path) -> None:
        """A generation that never went live is removed."""
        shutil.rmtree(generation, ignore_errors=True)
