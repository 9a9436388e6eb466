"""What readers of a conversation get."""

from datetime import datetime

import msgspec


class FileShown(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message, as it is offered for download."""

    public_id: str
    name: str
    content_type: str
    size: int
    """Bytes."""


class MessageShown(msgspec.Struct, frozen=True, kw_only=True):
    """What one side wrote, as one of the two sides reads it."""

    public_id: str
    side: str
    """EXPORTER, IMPORTER or STAFF: who wrote it."""
    by: str | None
    """Name of the person; None for people who were erased and for a buyer who has not shown itself."""
    firm: str | None
    """Name of the firm; None for a buyer who has not shown itself."""
    country: str
    """Of the firm, ISO 3166-1 alpha-2."""
    text: str
    at: datetime
    read_at: datetime | None
    """When the other side opened the conversation after it came."""
    files: tuple[FileShown, ...] = ()
