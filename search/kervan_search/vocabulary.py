"""The words of an index with their frequencies: what a prefix or a misspelt word may have meant."""

from bisect import bisect_left
from itertools import accumulate

import tantivy

from kervan_search import weights

_MOST = 250_000  # words kept; beyond that the rarest (mostly codes and noise) are left out


class Vocabulary:
    """Words sorted by letter, how many documents hold each, and an automaton index over them for near spellings."""

    def __init__(self, counted: list[tuple[str, int]]) -> None:
        if len(counted) > _MOST:
            least = sorted((count for _, count in counted), reverse=True)[_MOST]
            counted = [pair for pair in counted if pair[1] > least]
        counted.sort()
        self.words = [word for word, _ in counted]
        self.counts = [count for _, count in counted]
        self._running = [0, *accumulate(self.counts)]
        self._schema = (
            tantivy.SchemaBuilder()
            .add_text_field("word", tokenizer_name="raw", index_option="basic")
            .add_unsigned_field("place", fast=True)
            .add_unsigned_field("count", fast=True)
            .build()
        )
        self._near = tantivy.Index(self._schema)
        # The default reader looks anew at every commit, in a thread of its own, and the reload below would meet it.
        self._near.config_reader("manual")
        writer = self._near.writer(15_000_000, 1)
        for place, (word, count) in enumerate(counted):
            if len(word) >= weights.ONE_TYPO_FROM - 1 and not word.isdigit():
                document = tantivy.Document()
                document.add_text("word", word)
                document.add_unsigned("place", place)
                document.add_unsigned("count", count)
                writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._near.reload()
        self._searcher = self._near.searcher()

    def count(self, word: str) -> int:
        """How many documents hold this word."""
        place = bisect_left(self.words, word)
        return self.counts[place] if place < len(self.words) and self.words[place] == word else 0

    def starting_with(self, prefix: str, limit: int) -> tuple[list[tuple[str, int]], int, int]:
        """The most frequent words that begin so (the word itself left out), how many there are, their counts' sum."""
        low = bisect_left(self.words, prefix)
        high = bisect_left(self.words, prefix + "\U0010ffff", low)
        if low < high and self.words[low] == prefix:
            low += 1
        total = self._running[high] - self._running[low]
        if high - low > 4000:
            return [], high - low, total
        best = sorted(
            zip(self.counts[low:high], self.words[low:high], strict=True), key=lambda p: (-p[0], p[1])
        )
        return [(word, count) for count, word in best[:limit]], high - low, total

    def near(self, word: str, limit: int, prefix: bool = False) -> list[tuple[str, int, int]]:
        """Words at the smallest distance this length allows, most frequent first: (word, count, distance)."""
        most = 0 if len(word) < weights.ONE_TYPO_FROM else 1 if len(word) < weights.TWO_TYPOS_FROM else 2
        for distance in range(1, most + 1):
            found = self._at(word, distance, limit, False)
            if prefix and not found:
                found = self._at(word, distance, limit, True)
            if found:
                return found
        return []

    def _at(self, word: str, distance: int, limit: int, prefix: bool) -> list[tuple[str, int, int]]:
        query = tantivy.Query.fuzzy_term_query(
            self._schema, "word", word, distance=distance, transposition_cost_one=True, prefix=prefix
        )
        hits = self._searcher.search(query, limit, count=False, order_by_field="count").hits
        places = self._searcher.fast_field_values("place", [address for _, address in hits])
        found = []
        for place in places:
            candidate = self.words[int(place or 0)]
            if candidate != word:
                found.append((candidate, self.counts[int(place or 0)], distance))
        return found

    def split(self, word: str) -> tuple[str, str] | None:
        """The two known words this one is made of (teapot: tea, pot), the split whose rarer half is most frequent."""
        best: tuple[int, str, str] | None = None
        for cut in range(2, len(word) - 1):
            first, second = word[:cut], word[cut:]
            score = min(self.count(first), self.count(second))
            if score and (best is None or score > best[0]):
                best = (score, first, second)
        return (best[1], best[2]) if best else None
