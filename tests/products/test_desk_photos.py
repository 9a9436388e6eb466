"""Photos of a product: what is kept, what is refused, their order, and how importers see them."""

import re
from io import BytesIO
from pathlib import Path

import httpx
import people
import pytest
from desk import a_desk, a_photo, join
from factories import make_product
from PIL import Image

from kervan import outbox
from kervan.db import fetch, fetchval
from kervan.files import gone


async def _product(client: httpx.AsyncClient) -> tuple[people.Firm, str, str]:
    """The firm, the address of the photos' page, the product's public id."""
    firm = await a_desk(client)
    id = await make_product(firm.entity)
    public_id = await fetchval("SELECT public_id FROM product WHERE id = $1", id)
    return firm, f"/en/desk/{firm.public_id}/products/{public_id}/photos", public_id


async def _send(
    client: httpx.AsyncClient, path: str, *photos: bytes, name: str = "../a.jpg"
) -> httpx.Response:
    return await people.post_form(
        client, path, files=[("photo", (name, photo, "image/jpeg")) for photo in photos]
    )


async def _rows() -> list[dict[str, object]]:
    return [dict(row) for row in await fetch("SELECT * FROM product_image ORDER BY position")]


def _files(tmp_path: Path) -> set[str]:
    return {str(file.relative_to(tmp_path / "uploads")) for file in (tmp_path / "uploads").rglob("*.webp")}


async def test_a_photo_is_kept_in_three_sizes_without_place_and_camera(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    _, path, public_id = await _product(client)
    before = await fetchval("SELECT version FROM product")
    answer = await _send(client, path, a_photo())
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?said=photo-added")
    [row] = await _rows()
    assert (row["width"], row["height"]) == (1200, 900)
    for column, width in (("path", 1200), ("path_800", 800), ("path_320", 320)):
        got = await client.get(f"/{row[column]}")
        assert (got.status_code, got.headers["content-type"]) == (200, "image/webp")
        image = Image.open(BytesIO(got.content))
        assert image.width == width
        assert not image.getexif()
        assert b"Camera" not in got.content
    assert _files(tmp_path) == {row["path"], row["path_800"], row["path_320"]}
    assert await fetchval("SELECT version FROM product") == before + 1
    assert await fetchval("SELECT count(*) FROM outbox WHERE topic = 'products.changed'") >= 1
    page = await client.get(f"/en/products/combed-cotton-terry-towel-{public_id}")
    assert f'src="/{row["path_800"]}"' in page.text
    assert f"/{row['path_320']} 320w" in page.text
    data = (await client.get(f"/api/v1/products/{public_id}")).json()["data"]
    assert data["card"]["image"] == f"/{row['path_800']}"
    assert data["images"][0]["large"] == f"/{row['path']}"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"GIF89a" + b"0" * 100, "This file is not a picture that we can read."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a picture"),
        (b"\xff\xd8\xff" + b"0" * 6_000_000, "larger than 5 MB"),
        (a_photo()[:3000], "broken or not complete"),
        (b"", "This file is empty."),
    ],
)
async def test_what_is_no_picture_is_refused_with_a_sentence_and_leaves_nothing(
    client: httpx.AsyncClient, tmp_path: Path, data: bytes, sentence: str
) -> None:
    _, path, _ = await _product(client)
    answer = await _send(client, path, a_photo("plum"), data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert await _rows() == []
    assert _files(tmp_path) == set()


async def test_a_product_has_at_most_eight_photos(client: httpx.AsyncClient, tmp_path: Path) -> None:
    _, path, _ = await _product(client)
    small = a_photo(size=(40, 30))
    assert (await _send(client, path, *[small] * 7)).status_code == 303
    refused = await _send(client, path, small, small)
    assert refused.status_code == 422
    assert "A product has at most 8 photos." in refused.text
    assert len(await _rows()) == 7
    assert len(_files(tmp_path)) == 21
    assert (await _send(client, path, small)).status_code == 303
    assert "has all 8 photos" in (await client.get(path)).text


async def test_photos_are_put_in_order_described_and_taken_away(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    _, path, public_id = await _product(client)
    await _send(client, path, a_photo("red"), a_photo("green"), a_photo("blue"))
    first, second, third = (row["id"] for row in await _rows())

    async def do(photo: object, **fields: str) -> None:
        answer = await people.post_form(client, f"{path}/{photo}", fields, of=path)
        assert answer.status_code == 303

    await do(third, action="up")
    assert [row["id"] for row in await _rows()] == [first, third, second]
    await do(first, action="up")
    await do(first, action="down")
    assert [row["id"] for row in await _rows()] == [third, first, second]
    await do(third, action="describe", alt="The hem, <close>")
    page = await client.get(f"/en/products/combed-cotton-terry-towel-{public_id}")
    assert 'alt="The hem, &lt;close&gt;"' in page.text
    thumbs = re.findall(r'class="thumbs".*?</ul>', page.text, re.S)
    assert thumbs[0].count("<img") == 3
    await do(third, action="remove")
    assert [row["id"] for row in await _rows()] == [first, second]
    assert len(_files(tmp_path)) == 9
    await outbox.drain(gone.handlers(), leave=("products.changed", "exporters.changed"))
    assert len(_files(tmp_path)) == 6


async def test_a_photo_of_another_product_is_not_found(client: httpx.AsyncClient) -> None:
    firm, path, _ = await _product(client)
    await _send(client, path, a_photo(size=(40, 30)))
    [row] = await _rows()
    other_id = await make_product(firm.entity, "HV-2")
    other = path.replace(
        path.split("/")[-2], await fetchval("SELECT public_id FROM product WHERE id = $1", other_id)
    )
    for photo in (row["id"], 2**70):
        answer = await people.post_form(client, f"{other}/{photo}", {"action": "remove"}, of=other)
        assert answer.status_code == 404
    assert len(await _rows()) == 1


@pytest.mark.parametrize("role", ["ORDER_DESK", "VIEWER"])
async def test_who_only_looks_on_adds_no_photo(client: httpx.AsyncClient, role: str) -> None:
    firm, path, _ = await _product(client)
    token = await people.token_of(client, path)
    await join(client, firm, role, "Can Demir")
    answer = await client.post(
        path, data={"_token": token}, files=[("photo", ("a.jpg", a_photo(), "image/jpeg"))]
    )
    assert answer.status_code == 403
    assert await _rows() == []
