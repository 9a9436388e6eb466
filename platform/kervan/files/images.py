"""Pictures from outside: what is kept is never the file that was sent, only its pixels, encoded anew by us.

So nothing hides in them: no place and camera (EXIF, XMP), no appended archive, no script, no second meaning.
"""

from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO

import msgspec
from anyio import CapacityLimiter, to_thread
from PIL import Image, ImageCms

from kervan.trade.errors import N_, TradeError

MB = 1024 * 1024
LARGEST_PHOTO = 5 * MB
MOST_PIXELS = 50_000_000
"""Of a picture as it is sent: the best telephones of 2026. A file of some kilobytes can claim thousands of millions."""
SIDES = (320, 800, 1600)
"""Longest sides of the three sizes in pixels: card, page, full screen."""
QUALITY = 82

_MOST_SCANS = 100
"""Of a progressive JPEG, where cameras write about ten: each scan costs a walk over all pixels and a few bytes."""
_MOST_AT_ONCE = CapacityLimiter(2)
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1")
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Picture(msgspec.Struct, frozen=True):
    """One WebP picture with its measures in pixels."""

    data: bytes
    width: int
    height: int


class Pictures(msgspec.Struct, frozen=True):
    """A product photo in three sizes: longest side 320, 800 and 1600 pixels, or less where less was sent."""

    small: Picture
    medium: Picture
    large: Picture


async def three_sizes(data: bytes) -> Pictures:
    """A product photo as we keep it: upright, sRGB, on white where it was transparent, WebP in three sizes.

    Takes at most 5 MB of JPEG, PNG or WebP, whatever the name said. TradeError with a sentence for the sender
    otherwise, also for a picture that moves: what is shown would not be what was sent.
    """
    if len(data) > LARGEST_PHOTO:
        raise TradeError(
            N_("This picture is larger than {limit} MB. Make it smaller, then send it again."),
            limit=LARGEST_PHOTO // MB,
        )
    return await to_thread.run_sync(_three_sizes, data, limiter=_MOST_AT_ONCE)


async def encoded_anew(data: bytes, format: str, longest: int) -> bytes:
    """A JPEG or PNG (`format`) with the same pixels and nothing else, upright and sRGB; `longest` side in pixels.

    TradeError as `three_sizes`.
    """
    return await to_thread.run_sync(_encoded_anew, data, format, longest, limiter=_MOST_AT_ONCE)


def kind_of(data: bytes) -> str | None:
    """`JPEG`, `PNG` or `WEBP` by the first bytes, None for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    return "WEBP" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def is_heic(data: bytes) -> bool:
    """Whether this is the format in which iPhones keep their photos."""
    return data[4:8] == b"ftyp" and data[8:12] in _HEIC


def _three_sizes(data: bytes) -> Pictures:
    whole = _pixels(data, ("JPEG", "PNG", "WEBP"), max(SIDES)).convert("RGB")
    small, medium, large = (_webp(whole, side) for side in SIDES)
    return Pictures(small, medium, large)


def _webp(whole: Image.Image, side: int) -> Picture:
    picture = whole.copy()
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=4)
    return Picture(out.getvalue(), picture.width, picture.height)


def _encoded_anew(data: bytes, format: str, longest: int) -> bytes:
    picture, out = _pixels(data, (format,), longest), BytesIO()
    if format == "JPEG":
        picture.save(out, "JPEG", quality=90)
    else:
        picture.save(out, "PNG")
    return out.getvalue()


def _pixels(data: bytes, kinds: Sequence[str], longest: int) -> Image.Image:
    """The picture upright on a white ground, mode L or RGB in sRGB, no larger than asked, and nothing but pixels."""
    kind = kind_of(data)
    if is_heic(data):
        raise TradeError(N_("We cannot read HEIC pictures. Save the picture as JPEG, then send it again."))
    if kind is None or kind not in kinds:
        raise TradeError(N_("This file is not a picture that we can read. Send JPEG, PNG or WebP."))
    if kind == "WEBP":
        _refuse_too_many(*_webp_measures(data))
    if kind == "JPEG" and data.count(b"\xff\xda") > _MOST_SCANS:
        raise _broken()
    try:
        with Image.open(BytesIO(data), formats=(kind,)) as image:
            _refuse_too_many(*image.size)
            if image.format != "MPO" and getattr(image, "is_animated", False):
                raise TradeError(N_("This picture moves. Send a still picture."))
            return _plain(image, longest)
    except TradeError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many() from error
    except Exception as error:  # a decoder fails on foreign bytes in more ways than can be listed
        raise _broken() from error


def _plain(image: Image.Image, longest: int) -> Image.Image:
    if image.format == "JPEG":
        image.draft(image.mode, (longest, longest))
    image.load()
    turn, profile = _turn(image), image.info.get("icc_profile")
    picture = _simple_mode(image)
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    clear = picture.getchannel("A") if picture.mode == "RGBA" else None
    picture = _in_srgb(picture.convert("RGB") if clear else picture, profile)
    # Pasted on a new ground: a picture remembers comments and profiles, and the encoders would write them.
    ground = Image.new(picture.mode, picture.size, "white")
    ground.paste(picture, mask=clear)
    return ground if turn is None else ground.transpose(turn)


def _turn(image: Image.Image) -> Image.Transpose | None:
    """How the picture must be turned to stand upright; a broken EXIF says nothing."""
    with suppress(Exception):
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    return None


def _simple_mode(image: Image.Image) -> Image.Image:
    """The picture in mode L, RGB, RGBA or CMYK; 16 bits of grey become 8."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours of the picture's own profile as sRGB; by rule of thumb when the profile cannot be used."""
    if profile:
        with suppress(ImageCms.PyCMSError, OSError):
            turned = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
            if turned is not None:
                return turned
    return picture if picture.mode in ("L", "RGB") else picture.convert("RGB")


def _webp_measures(data: bytes) -> tuple[int, int]:
    """Width and height by the header of a WebP: the decoder asks for the memory of all pixels when it opens one.

    The three first chunks of RFC 9649: VP8X (extended), VP8L (lossless), VP8 (lossy).
    """
    chunk = data[12:16]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF


def _refuse_too_many(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise _too_many()


def _too_many() -> TradeError:
    return TradeError(
        N_("This picture has more than {limit} million pixels. Make it smaller, then send it again."),
        limit=MOST_PIXELS // 1_000_000,
    )


def _broken() -> TradeError:
    return TradeError(N_("This picture is broken or not complete. Save it again, then send it again."))
