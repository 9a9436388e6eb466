"""Finding people and organisations by what an administrator types: folded as everything else here is searched."""

from kervan_search.text import fold

# Letters that have no mark to take off (kervan_search.text knows the same).
_ONE = ("ıøđðłħə", "ioddlhe")
_TWO = (("ß", "ss"), ("æ", "ae"), ("œ", "oe"), ("þ", "th"))


def folded(column: str) -> str:
    """SQL of a column without marks and capitals: for Latin letters what kervan_search.text.fold makes of it."""
    text = rf"lower(regexp_replace(normalize({column}, NFKD), '[\u0300-\u036f]', '', 'g'))"
    for letter, plain in _TWO:
        text = f"replace({text}, '{letter}', '{plain}')"
    return f"translate({text}, '{_ONE[0]}', '{_ONE[1]}')"


def patterns(text: str) -> list[str]:
    """LIKE patterns for the words of a text, all of which must be found; an empty list finds everything."""
    words = [fold(word) for word in text[:200].split()[:8]]
    return [f"%{_escaped(word)}%" for word in words if word]


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
