"""Generated goods in any number, and how fast an engine answers about them (percentiles in milliseconds)."""

import random
import time
from collections.abc import Iterator

from kervan_search.engine import Document, Engine, IndexSpec, Query

FACETS = (
    "section",
    "chapter",
    "heading",
    "sector",
    "province",
    "certificate",
    "brand",
    "price_band",
    "moq_band",
    "lead_band",
    "micro",
    "language",
)
GOODS = IndexSpec("goods", FACETS, ("price_eur", "moq", "published_at"))

_NOUNS = (
    "towel bathrobe carpet curtain blanket pillow tablecloth napkin apron scarf shirt jacket "
    "trousers sock glove hat belt handbag wallet boot sandal slipper teapot glass plate bowl spoon "
    "knife kettle saucepan lamp mirror chair table shelf mattress sofa door window tile marble "
    "granite pipe valve pump motor cable switch battery filter bearing gear spring tractor plough "
    "trailer olive fig apricot hazelnut pistachio lentil flour "
)
NOUNS = _NOUNS.split()
_QUALITIES = (
    "cotton linen silk woollen leather wooden bamboo copper brass steel ceramic porcelain plastic "
    "rubber paper handmade printed striped plain woven knitted quilted folding portable large small "
    "light heavy classic modern rustic organic dried roasted smoked natural black white red blue "
    "green grey brown yellow golden round square long short soft hard warm thin thick double single "
    "industrial domestic professional "
)
QUALITIES = _QUALITIES.split()
SYLLABLES = ("ba de ki lo mu na or pa ri su ta ve yo za kar del mir san tol bek ").split()  # noqa: SIM905  # read at a glance


def pseudo_word(chance: random.Random) -> str:
    """A pronounceable invented word, as brands and model names are."""
    return "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4)))


def goods(total: int, seed: int = 7) -> Iterator[Document]:
    """Plausible goods, always the same for the same seed: every noun is in about 1.6 % of the titles."""
    chance = random.Random(seed)
    rare = [pseudo_word(chance) for _ in range(40_000)]
    brands = [word.title() for word in rare[:3000]]
    now = time.time()
    for i in range(total):
        noun = NOUNS[int(len(NOUNS) * chance.random())]
        first, second, third = chance.sample(QUALITIES, 3)
        brand = brands[int(3000 * chance.random() ** 2)]
        heading = int(1228 * chance.random() ** 1.5)
        price = round(chance.lognormvariate(3, 1), 2)
        title = f"{first.title()} {second} {noun} {chance.choice(rare)}"
        other = chance.choice(NOUNS if chance.random() < 0.5 else rare)
        certificates = ["ISO 9001", "CE", "Halal", "GOTS", "OEKO-TEX", "FSC", "BSCI"]
        text = (
            f"{third.title()} {other} of {chance.choice(QUALITIES)} {chance.choice(rare)}, "
            f"{chance.choice(QUALITIES)} and {chance.choice(QUALITIES)}, {chance.randint(1, 900)} g, "
            f"made by {brand} in {chance.choice(rare)} for {chance.choice(rare)}"
        )
        yield Document(
            id=f"p{i}",
            version=1,
            titles={"en": title, "tr": f"{chance.choice(rare)} {chance.choice(rare)} {noun}"},
            keywords=(brand, f"{brand} Tekstil", noun),
            texts={"en": text},
            codes=(f"{1000 + heading}{chance.randrange(10**8):08}", f"869{i:09}0", f"SKU-{i}"),
            facets={
                "section": (str(heading // 60 + 1),),
                "chapter": (f"{heading // 13 + 1:02}",),
                "heading": (f"{1000 + heading}",),
                "sector": (f"sector {int(15 * chance.random() ** 2)}",),
                "province": (f"TR-{int(81 * chance.random() ** 2) + 1:02}",),
                "certificate": tuple(chance.sample(certificates, chance.randint(0, 3))),
                "brand": (brand,),
                "price_band": (str(min(int(price // 10), 5)),),
                "moq_band": (str(chance.randint(0, 5)),),
                "lead_band": (str(chance.randint(0, 3)),),
                "micro": (chance.choice(["yes", "no"]),),
                "language": tuple(chance.sample(["tr", "en", "de", "fr", "ar", "ru"], chance.randint(1, 4))),
            },
            numbers={
                "price_eur": price,
                "moq": float(chance.choice([1, 10, 50, 100, 500])),
                "published_at": now - chance.random() * 9e7,
            },
            quality=chance.random(),
            label=title,
        )  # fmt: skip


def misspelt(word: str, chance: random.Random) -> str:
    """The word with one letter left out, doubled, changed or swapped, never the first."""
    place = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place] + word[place:]
    if kind == 2:
        return word[:place] + chance.choice("aeiourstln") + word[place + 1 :]
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def questions(kind: str, number: int, seed: int = 3) -> list[Query]:
    """Questions of one class, hardly any of them twice, each asking for 20 hits and all facets."""
    chance = random.Random(f"{seed}{kind}")
    asked = []
    for i in range(number):
        noun, quality = chance.choice(NOUNS), chance.choice(QUALITIES)
        # Another number of facet values makes each question a new one, so that no cache answers for the engine.
        few = 51 + i % 50
        if kind == "one word":
            asked.append(Query(noun, facets=FACETS, facet_limit=few))
        elif kind == "price range":
            within: dict[str, tuple[float | None, float | None]] = {"price_eur": (10.0, 30.0)}
            asked.append(Query(noun, facets=FACETS, ranges=within, facet_limit=few))
        elif kind == "typo in two words":
            long_enough = chance.choice([word for word in NOUNS if len(word) > 4])
            words = [misspelt(long_enough, chance), quality]
            asked.append(Query(" ".join(words), facets=FACETS, facet_limit=few))
        elif kind == "prefix":
            asked.append(
                Query(noun[: chance.randint(3, max(3, len(noun) - 1))], facets=FACETS, facet_limit=few)
            )
        elif kind == "filter + all facets":
            chosen = {"sector": (f"sector {chance.randint(0, 4)}", "sector 7"), "micro": ("yes",)}
            asked.append(Query(noun, filters=chosen, facets=FACETS, facet_limit=few))
        elif kind == "sort + filter":
            asked.append(
                Query(noun, filters={"micro": ("yes",)}, facets=FACETS, sort="price_eur", facet_limit=few)
            )
        elif kind == "browse all":
            asked.append(Query("", facets=FACETS, offset=20 * (i % 40)))
        elif kind == "browse one filter":
            asked.append(
                Query(
                    "", filters={"chapter": (f"{chance.randint(1, 90):02}",)}, facets=FACETS, facet_limit=few
                )
            )
        else:
            raise ValueError(kind)
    return asked


KINDS = (
    "one word",
    "price range",
    "typo in two words",
    "prefix",
    "filter + all facets",
    "sort + filter",
    "browse all",
    "browse one filter",
)


async def measure(engine: Engine, kind: str, number: int = 200) -> tuple[float, float, float]:
    """(p50, p95, mean) in milliseconds of one client asking `number` questions of this class, hits on average."""
    asked = questions(kind, number)
    for query in questions(kind, 5, seed=99):
        await engine.search("goods", query)
    times = []
    found = 0
    for query in asked:
        began = time.perf_counter()
        page = await engine.search("goods", query)
        times.append((time.perf_counter() - began) * 1000)
        found += page.total
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.95)], found / number
