"""What the tests of the exporter's desk share: a firm with its people, the form of a product, a photo."""

from io import BytesIO
from typing import Any

import httpx
import people
from factories import make_exporter
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from kervan.db import execute


def flat(page: httpx.Response) -> str:
    """The page with one space where its template breaks lines."""
    return " ".join(page.text.split())


async def a_desk(client: httpx.AsyncClient, role: str = "EDITOR", **firm: Any) -> people.Firm:
    """A verified firm, and one of its people signed in."""
    owner = await people.firm_of(await make_exporter(**firm))
    person = await people.make_person("Ayşe Yılmaz")
    await people.make_member(owner, person, role)
    await people.sign_in(client, person)
    return owner


async def join(client: httpx.AsyncClient, firm: people.Firm, role: str, name: str) -> int:
    """Another person of the firm, signed in instead."""
    person = await people.make_person(name)
    await people.make_member(firm, person, role)
    await people.sign_in(client, person)
    return person


def fields(**changes: Any) -> dict[str, Any]:
    """A filled form: a towel at EUR 4.20, from 200 pieces on at 3.60."""
    values = {
        "seen": "",
        "name_tr": "Taraklı pamuk havlu",
        "name_en": "Combed cotton towel",
        "description_tr": "Yumuşak.",
        "description_en": "Soft.",
        "sku": "HV-1",
        "origin": "TR",
        "hs_code": "6302.60",
        "unit": "C62",
        "net_weight_g": "420 g",
        "gross_weight_g": "0.455 kg",
        "moq": "50",
        "step": "10",
        "lead_days": "10",
        "currency": "EUR",
        "from_1": "50",
        "price_1": "4.20",
        "from_2": "200",
        "price_2": "3.60",
        "keywords": "towel, bath",
        "certificates": "iso 9001",
        "micro_export_ok": "1",
    }
    return {**values, **changes}


def a_photo(colour: str = "teal", size: tuple[int, int] = (1200, 900)) -> bytes:
    """A JPEG with the place it was taken at in its EXIF."""
    image = Image.new("RGB", size, colour)
    exif = image.getexif()
    exif[0x010F] = "Camera of somebody"
    exif.get_ifd(0x8825).update({1: "N", 2: tuple(IFDRational(n) for n in (37, 46, 12))})
    out = BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


async def load_tariff(*codes: str, year: int = 2026) -> None:
    """The Turkish tariff of a year with just these lines."""
    await execute(
        "INSERT INTO nomenclature_load (tariff_year, codes, sha256) VALUES ($1, $2, $3)",
        year,
        len(codes),
        "0" * 64,
    )
    for code in codes:
        await execute("INSERT INTO gtip (tariff_year, code, text_tr) VALUES ($1, $2, 'Havlu')", year, code)
