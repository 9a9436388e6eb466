"""Seven invented products for tests of search engines, and short questions to an engine that holds them."""

import time

from kervan_search.engine import Document, Engine, Query

DAY = 86400.0


def goods() -> list[Document]:
    now = time.time()
    return [
        Document(
            "towel", 1, {"en": "Cotton bath towel", "tr": "Pamuklu banyo havlusu"},
            ("Denizli Dokuma", "Terry"), {"en": "Soft, absorbent, woven in Denizli"},
            ("6302.60.00.00.11", "4006381333931", "TWL-70/140"),
            {"chapter": ("63",), "brand": ("Terry",), "certificate": ("OEKO-TEX", "GOTS")},
            {"price_eur": 3.5, "moq": 100, "published_at": now - 10 * DAY}, 0.9, "Cotton bath towel",
        ),
        Document(
            "robe", 1, {"en": "Bathrobe", "tr": "Bornoz"},
            ("Denizli Dokuma", "Terry"), {"en": "Goes with every towel of the series"},
            ("6302.60.00.00.12",), {"chapter": ("63",), "brand": ("Terry",)},
            {"price_eur": 12.0, "moq": 50, "published_at": now - 20 * DAY}, 0.5, "Bathrobe",
        ),
        Document(
            "shirt", 1, {"en": "Red T-shirt", "tr": "Kırmızı tişört"},
            ("Işık Giyim",), {"en": "100 % cotton, sizes S to XXL"},
            ("6109.10.00.00.11", "0012345678905", "TS 1"),
            {"chapter": ("61",), "brand": ("Işık",), "certificate": ("OEKO-TEX",)},
            {"price_eur": 5.5, "moq": 200, "published_at": now - 30 * DAY}, 0.7, "Red T-shirt",
        ),
        Document(
            "carpet", 1, {"en": "Hand-knotted wool carpet", "tr": "El dokuması yün halı", "zh": "羊毛地毯"},
            ("Isparta Halıcılık",), {"en": "Made of pure new wool"},
            ("5701.10",), {"chapter": ("57",), "brand": ("İlmek",)},
            {"price_eur": 240.0, "moq": 1, "published_at": now - 400 * DAY}, 0.8, "Wool carpet",
        ),
        Document(
            "oil", 1, {"en": "Extra virgin olive oil", "tr": "Natürel sızma zeytinyağı"},
            ("Ayvalık Gıda",), {"en": "Cold pressed, in 500 ml bottles"},
            ("1509.20",), {"chapter": ("15",), "brand": ("Ayvalık",), "certificate": ("Halal",)},
            {"price_eur": 5.5, "moq": 200, "published_at": now - 5 * DAY}, 0.6, "Olive oil",
        ),
        Document(
            "settee", 1, {"en": "Settee with two seats", "tr": "İkili kanepe"},
            ("İnegöl Mobilya",), {}, ("9401.61", "DV7-1211EA"), {"chapter": ("94",), "brand": ("İnegöl",)},
            {"price_eur": 480.0}, 0.6, "Settee",
        ),
        Document(
            "heater", 1, {"en": "Portable heater 12V with USB-C", "tr": "Taşınabilir ısıtıcı"},
            ("Manisa Elektrik",), {"en": "Warms a car"}, ("8516.29",),
            {"chapter": ("85",), "brand": ("Isı O\"Brien \\ x",)},
            {"price_eur": 20.0, "moq": 10, "published_at": now - 1 * DAY}, 0.6, "Heater",
        ),
    ]  # fmt: skip


async def ids(engine: Engine, text: str, **more: object) -> list[str]:
    page = await engine.search("products", Query(text, **more))  # type: ignore[arg-type]  # fields by name
    return [hit.id for hit in page.hits]


async def first(engine: Engine, text: str) -> str:
    found = await ids(engine, text)
    return found[0] if found else ""
