"""How far two words are apart."""


def distance(first: str, second: str, most: int) -> int:
    """Edits (change, add, leave out, swap neighbours) between two words, or `most` + 1 when there are more."""
    if abs(len(first) - len(second)) > most:
        return most + 1
    if first == second:
        return 0
    before: list[int] = []
    above = list(range(len(second) + 1))
    for i, left in enumerate(first, 1):
        row = [i]
        for j, right in enumerate(second, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (left != right))
            if i > 1 and j > 1 and left == second[j - 2] and first[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, above = above, row
    return min(above[-1], most + 1)
