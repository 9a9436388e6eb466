"""Files on their way out: a document only as a download that cannot act, a product photo to be kept for ever."""

from urllib.parse import quote

from litestar import Response

_SANDBOX = "sandbox; default-src 'none'"


def download(data: bytes, name: str, content_type: str) -> Response[bytes]:
    """A document that the browser saves and never shows: no script of it runs, no proxy keeps it.

    `name` in any script: browsers read `filename*` (RFC 6266, RFC 8187), old ones the same in ASCII.
    """
    plain = "".join(
        sign if sign.isascii() and sign.isprintable() and sign not in '"\\%' else "_" for sign in name
    )
    shown = quote(name, safe="", errors="replace")
    return Response(
        data,
        media_type=content_type,
        headers={
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{shown}",
            "Cache-Control": "private, no-store",
            "Content-Security-Policy": _SANDBOX,
            "X-Content-Type-Options": "nosniff",
        },
    )


def picture(data: bytes, content_type: str = "image/webp") -> Response[bytes]:
    """A public picture; another picture has another address, so that it may be kept for ever."""
    return Response(
        data,
        media_type=content_type,
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Security-Policy": _SANDBOX,
            "X-Content-Type-Options": "nosniff",
        },
    )
