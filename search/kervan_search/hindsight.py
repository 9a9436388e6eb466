"""What the hits of a server tell about the question: spellings it took words for, synonyms, words it left out.

A hit is read as one folded text, its titles and keywords. Nearly every word of nearly every question stands in them as
it was typed, so texts are only cut into words when one does not.
"""

from collections.abc import Sequence

from kervan_search import weights
from kervan_search.query import Parsed, Synonyms
from kervan_search.spelling import distance
from kervan_search.text import stems, tokens


def spelling(parsed: Parsed, texts: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """For each word that no hit has: what it was taken for, the commonest of these as its correction."""
    nearest: dict[str, str] = {}
    expansions: list[str] = []
    for asked in parsed.words:
        for part in asked.parts:
            most = 0 if len(part) < weights.ONE_TYPO_FROM else 1 if len(part) < weights.TWO_TYPOS_FROM else 2
            if not most or part.isdigit() or _stands(part, texts, begins=asked.last):
                continue
            near = _near(part, most, texts)
            if near:
                expansions += sorted(near)
                nearest[part] = max(sorted(near), key=lambda word: (word[0] == part[0], near[word]))
    return nearest, expansions


def _stands(word: str, texts: Sequence[str], begins: bool = False) -> bool:
    """Whether some text has the word, or with `begins` a word that begins with it."""
    return any(word in text and _holds(text, word, begins) for text in texts)


def _holds(text: str, word: str, begins: bool = False) -> bool:
    if not word.isascii():
        return any(found == word or (begins and found.startswith(word)) for found in tokens(text))
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if (not at or not text[at - 1].isalnum()) and (begins or not text[end : end + 1].isalnum()):
            return True
        at = text.find(word, at + 1)
    return False


def _near(part: str, most: int, texts: Sequence[str]) -> dict[str, int]:
    """The words at most so many edits away, with how many texts have them; none when a text has another form of it."""
    found = [set(tokens(text)) for text in texts]
    everything = set().union(*found)
    forms = set(stems(part))
    # Every form of a word begins with the same letter.
    alike = (word for word in everything if word[0] == part[0])
    if part in everything or any(not forms.isdisjoint(stems(word)) for word in alike):
        return {}
    letters = set(part)
    return {
        word: sum(word in words for words in found)
        for word in everything
        # An edit takes away one letter at most: cheaper to see than how far the words are apart.
        if abs(len(word) - len(part)) <= most
        and len(letters.difference(word)) <= most
        and distance(part, word, most) <= most
    }


def used_synonyms(synonyms: Synonyms, parsed: Parsed, texts: Sequence[str]) -> tuple[str, ...]:
    """The replacements that some hit holds."""
    used = {
        " ".join(span.words): None
        for span in synonyms.of(parsed.words)
        if any(all(word in text and _holds(text, word) for word in span.words) for text in texts)
    }
    return tuple(used)


def lacking_words(parsed: Parsed, texts: Sequence[str], nearest: dict[str, str]) -> tuple[str, ...]:
    """The words that most hits lack, read from the hits themselves; the server does not say."""
    found = [{form for word in tokens(text) for form in (word, *stems(word))} for text in texts]
    lacking = []
    for word in parsed.words:
        readings = {*word.parts, word.whole, *(nearest.get(part, part) for part in word.parts)}
        readings |= {stem for part in word.parts for stem in stems(part)}
        if found and sum(readings.isdisjoint(words) for words in found) * 2 > len(found):
            lacking.append(" ".join(word.parts))
    return tuple(lacking)
