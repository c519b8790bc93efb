"""How many edits lie between two words."""

from __future__ import annotations


def edit_distance(a: str, b: str, limit: int, *, prefix: bool = False) -> int:
    """Edits (insert, delete, replace, swap neighbours) from ``a`` to ``b``; ``limit + 1`` if more.

    With ``prefix`` the distance to the nearest beginning of ``b``: what somebody who is still
    typing wants to know. Optimal string alignment: no part is edited twice.

    >>> edit_distance("vomitting", "vomiting", 2), edit_distance("fevre", "fever", 2)
    (1, 1)
    >>> edit_distance("hypretens", "hypertension", 2, prefix=True)
    1
    >>> edit_distance("cough", "fever", 2)
    3
    """
    if abs(len(a) - len(b)) > limit and not (prefix and len(b) > len(a)):
        return limit + 1
    # Beyond len(a) + limit letters nothing of b can be within the limit.
    b = b[: len(a) + limit]
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, start=1):
        before, row = row, _next_row(a, b, i, letter, before, row)
        if min(row) > limit:
            return limit + 1
    found = min(row) if prefix else row[-1]
    return min(found, limit + 1)


def _next_row(
    a: str, b: str, i: int, letter: str, before: list[int], previous: list[int]
) -> list[int]:
    row = [i]
    for j, other in enumerate(b, start=1):
        if letter == other:
            best = previous[j - 1]
        else:
            best = 1 + min(previous[j], row[-1], previous[j - 1])
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                best = min(best, before[j - 2] + 1)
        row.append(best)
    return row
