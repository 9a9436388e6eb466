"""The order of names in a list: the Turkish alphabet for Turkish, letters without their accents elsewhere."""

import unicodedata

_TURKISH = {letter: index for index, letter in enumerate("aâbcçdefgğhıiîjklmnoöpqrsştuûüvwxyz")}
_TURKISH_CAPITALS = str.maketrans({"I": "ı", "İ": "i"})

SortKey = tuple[tuple[int, str], ...]


def sort_key(text: str, language: str) -> SortKey:
    """A key for sorted(): Isparta before İzmir in "tr", Österreich after Oman in "de"."""
    if language.startswith("tr"):
        small = unicodedata.normalize("NFC", text).translate(_TURKISH_CAPITALS).casefold()
        return tuple((_TURKISH.get(char, -1 if char.isspace() else len(_TURKISH)), char) for char in small)
    small = unicodedata.normalize("NFKD", text).casefold()
    return tuple((0, char) for char in small if not unicodedata.combining(char))
