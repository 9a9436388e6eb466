"""Product photos: only their pixels are kept, upright and in three sizes."""

import struct
import time
import zipfile
import zlib
from io import BytesIO

import pytest
from pictures import GPS, photo
from PIL import Image, ImageCms

from kervan.files.images import LARGEST_PHOTO, Pictures, three_sizes
from kervan.trade.errors import TradeError


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def saved(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    out = BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def all_of(pictures: Pictures) -> list[bytes]:
    return [pictures.small.data, pictures.medium.data, pictures.large.data]


def close_to(found: object, wanted: tuple[int, int, int], distance: int = 14) -> bool:
    assert isinstance(found, tuple)
    return all(abs(a - b) <= distance for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
async def test_a_photo_becomes_three_webp_pictures(format: str) -> None:
    found = await three_sizes(photo(2400, 1200, format=format))
    measures = [(p.width, p.height) for p in (found.small, found.medium, found.large)]
    assert measures == [(320, 160), (800, 400), (1600, 800)]
    for data, size in zip(all_of(found), measures, strict=True):
        image = opened(data)
        assert (image.format, image.size, image.mode) == ("WEBP", size, "RGB")
        assert close_to(image.getpixel((5, 5)), (0xC0, 0x70, 0x3A))


async def test_a_small_photo_is_never_blown_up() -> None:
    found = await three_sizes(photo(400, 300))
    assert [(p.width, p.height) for p in (found.small, found.medium, found.large)] == [
        (320, 240),
        (400, 300),
        (400, 300),
    ]


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
async def test_place_and_camera_of_a_photo_are_gone(format: str) -> None:
    sent = photo(900, 600, format=format, with_place=True)
    assert opened(sent).getexif().get_ifd(GPS)[1] == "N"
    assert b"secret camera" in sent
    for data in all_of(await three_sizes(sent)):
        image = opened(data)
        assert dict(image.getexif()) == {}
        assert not {"exif", "xmp", "icc_profile", "comment"} & image.info.keys()
        for trace in (b"secret camera", b"Exif", b"EXIF", b"GPS", b"XMP", b"ICCP"):
            assert trace not in data


async def test_comments_and_xmp_are_gone() -> None:
    image = opened(photo(600, 400))
    sent = saved(image, "JPEG", comment=b"for Ayhan only", xmp=b"<x:xmpmeta>Denizli</x:xmpmeta>")
    assert b"for Ayhan only" in sent
    assert b"Denizli" in sent
    for data in all_of(await three_sizes(sent)):
        assert b"Ayhan" not in data
        assert b"Denizli" not in data


# Where the coloured quarter, sent upper left, stands when the picture is upright: left, top.
CORNERS = {
    1: (True, True),
    2: (False, True),
    3: (False, False),
    4: (True, False),
    5: (True, True),
    6: (False, True),
    7: (False, False),
    8: (True, False),
}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", CORNERS)
async def test_a_photo_stands_upright(orientation: int, format: str) -> None:
    found = (await three_sizes(photo(600, 400, orientation=orientation, format=format))).large
    assert (found.width, found.height) == ((600, 400) if orientation < 5 else (400, 600))
    left, top = CORNERS[orientation]
    image = opened(found.data)
    x, y = (10 if left else found.width - 10), (10 if top else found.height - 10)
    assert close_to(image.getpixel((x, y)), (0xC0, 0x70, 0x3A))
    assert close_to(image.getpixel((found.width - x, found.height - y)), (0x20, 0x28, 0x30))


async def test_a_transparent_picture_stands_on_white() -> None:
    image = Image.new("RGBA", (400, 400), (255, 0, 0, 0))
    image.paste((0, 128, 0, 255), (0, 0, 200, 400))
    for sent in (saved(image), saved(image, "WEBP", lossless=True), saved(image.quantize())):
        found = opened((await three_sizes(sent)).small.data)
        assert close_to(found.getpixel((300, 100)), (255, 255, 255))
        assert close_to(found.getpixel((20, 100)), (0, 128, 0))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
async def test_every_kind_of_pixels_is_read(mode: str) -> None:
    grey = Image.new("L", (200, 100), 255)
    grey.paste(0, (0, 0, 100, 100))
    image = (
        grey.convert("I").point(lambda v: v * 257).convert("I;16") if mode == "I;16" else grey.convert(mode)
    )
    found = opened((await three_sizes(saved(image, "JPEG" if mode == "CMYK" else "PNG"))).small.data)
    assert close_to(found.getpixel((20, 50)), (0, 0, 0), 40)
    assert close_to(found.getpixel((180, 50)), (255, 255, 255), 40)


async def test_sixteen_bits_of_grey_stay_grey() -> None:
    sent = saved(Image.new("I;16", (50, 50), 128 * 257))
    assert close_to(opened((await three_sizes(sent)).small.data).getpixel((9, 9)), (128, 128, 128))


async def test_colours_of_another_profile_are_turned_into_srgb() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # A profile of its own kind: what it calls red is the blue of sRGB.
    swapped = srgb.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")
    plain = Image.new("RGB", (60, 60), (90, 120, 150))
    for profile, wanted in (
        (srgb, (90, 120, 150)),
        (swapped, (150, 120, 90)),
        (b"no profile" * 20, (90, 120, 150)),
    ):
        found = opened((await three_sizes(saved(plain, icc_profile=profile))).small.data)
        assert close_to(found.getpixel((9, 9)), wanted, 6)


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims to be this large."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(100_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def webp_claiming(width: int, height: int) -> bytes:
    sent = bytearray(
        saved(Image.new("RGBA", (8, 8), (1, 2, 3, 4)), "WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0")
    )
    assert sent[12:16] == b"VP8X"
    sent[24:27], sent[27:30] = (width - 1).to_bytes(3, "little"), (height - 1).to_bytes(3, "little")
    return bytes(sent)


def jpeg_claiming(width: int, height: int) -> bytes:
    sent = bytearray(photo(64, 64))
    frame = sent.index(b"\xff\xc0")
    sent[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(sent)


@pytest.mark.parametrize(
    "sent",
    [
        png_claiming(8_000, 8_000),
        png_claiming(12_000, 10_000),
        png_claiming(60_000, 60_000),
        png_claiming(2_000_000_000, 1),
        jpeg_claiming(65_000, 65_000),
        webp_claiming(16_000, 16_000),
    ],
    ids=["png-64M", "png-120M", "png-3600M", "png-line", "jpeg", "webp"],
)
@pytest.mark.alone
async def test_a_bomb_is_refused_before_it_goes_off(sent: bytes) -> None:
    began = time.perf_counter()
    with pytest.raises(TradeError, match="more than 50 million pixels"):
        await three_sizes(sent)
    assert time.perf_counter() - began < 1


async def test_a_progressive_jpeg_of_a_thousand_scans_is_refused() -> None:
    sent = saved(Image.new("RGB", (64, 64)), "JPEG", progressive=True)
    start = sent.rindex(b"\xff\xda")
    many = sent[:start] + sent[start:-2] * 1000 + sent[-2:]
    with pytest.raises(TradeError, match="broken or not complete"):
        await three_sizes(many)
    await three_sizes(sent)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
async def test_a_truncated_picture_is_refused(format: str, part: float) -> None:
    image = Image.effect_noise((300, 300), 80).convert("RGB")
    sent = saved(image, format)
    with pytest.raises(TradeError, match="broken or not complete"):
        await three_sizes(sent[: int(len(sent) * part)])


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
GIF = saved(Image.new("P", (10, 10)), "GIF")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        SVG,
        b"<?xml version='1.0'?>" + SVG,
        b"<!doctype html><script>alert(1)</script>",
        GIF,
        b"GIF89a/*" + b"*/=1;alert(1)//",
        b"%PDF-1.7\n",
        b"PK\x03\x04" + bytes(100),
        saved(Image.new("RGB", (9, 9)), "BMP"),
        saved(Image.new("RGB", (9, 9)), "TIFF"),
        b"RIFF\x24\0\0\0WAVEfmt " + bytes(40),
    ],
)
async def test_what_is_no_picture_of_ours_is_refused_whatever_its_name(sent: bytes) -> None:
    with pytest.raises(TradeError) as refused:
        await three_sizes(sent)
    assert str(refused.value) == "This file is not a picture that we can read. Send JPEG, PNG or WebP."


async def test_heic_is_refused_with_a_way_out() -> None:
    with pytest.raises(TradeError, match="Save the picture as JPEG"):
        await three_sizes(b"\0\0\0\x24ftypheic" + bytes(200))


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
async def test_a_picture_that_moves_is_refused(format: str) -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green", "blue")]
    sent = saved(frames[0], format, save_all=True, append_images=frames[1:])
    with pytest.raises(TradeError, match="This picture moves"):
        await three_sizes(sent)


async def test_of_a_photo_with_a_second_one_behind_it_the_first_is_taken() -> None:
    """Telephones write them (MPO): the second is a preview or the depth."""
    second = Image.new("RGB", (40, 40), "blue")
    sent = saved(Image.new("RGB", (2000, 1000), "red"), "MPO", save_all=True, append_images=[second])
    found = (await three_sizes(sent)).large
    assert (found.width, found.height) == (1600, 800)
    assert close_to(opened(found.data).getpixel((9, 9)), (254, 0, 0))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
async def test_nothing_that_hides_behind_a_picture_is_kept(format: str) -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("evil.html", "<script>alert(1)</script>")
    sent = photo(300, 200, format=format) + archive.getvalue()
    assert zipfile.is_zipfile(BytesIO(sent))
    for data in all_of(await three_sizes(sent)):
        assert not zipfile.is_zipfile(BytesIO(data))
        assert b"evil" not in data
        assert b"<script" not in data


async def test_a_photo_above_five_megabytes_is_refused() -> None:
    sent = photo(100, 100)
    await three_sizes(sent + bytes(LARGEST_PHOTO - len(sent)))
    with pytest.raises(TradeError, match="larger than 5 MB"):
        await three_sizes(sent + bytes(LARGEST_PHOTO - len(sent) + 1))
