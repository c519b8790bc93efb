"""Complaints and medicine strings: milliseconds for 256 characters, whatever they hold.

Texts as doctors type them, and texts made to be slow; of each kind the median over a hundred
readings, in CPU time. The words are new in every reading where they can be, so that no cache helps.
``python -m benchmarks.prescription_text [--json]`` (aim: at most 1 ms for every kind)
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from typing import Any

from perdure.solutions.prescription.medicines.grammar import parse_medicine
from perdure.solutions.prescription.text.complaint import ComplaintText

SIZE, READINGS, AIM = 256, 100, 1.0
VOCABULARY = {"vomiting": 9, "headache": 5, "abdominal": 4, "lung": 3, "fever": 9, "cough": 9}
SHARED = ["9", "A ", "\ufdfa", "\ud800", "(", ";,", "1+", "a no "]
COMPLAINTS = ["fever and pain in the left side since 2 days, ", "since ", ", no a or b", "a few "]
MEDICINES = ["DOLO 650MG TAB 8's ", "10X", "8'", "1 G/", "STRIP OF ", "SR "]


def texts(pieces: list[str]) -> dict[str, Callable[[], str]]:
    """A maker of texts for every kind."""
    rng = random.Random(20_260_131)

    def words(low: int, high: int) -> str:
        sizes = (rng.randint(low, high) for _ in range(SIZE))
        return " ".join("".join(rng.choices("abcdefghi", k=size)) for size in sizes)[:SIZE]

    made: dict[str, Callable[[], str]] = {
        "new words": lambda: words(4, 9),
        "new short words": lambda: words(1, 3),
    }
    for piece in [*pieces, *SHARED]:
        made[ascii(piece[:18])] = lambda piece=piece: (piece * SIZE)[:SIZE]  # type: ignore[misc]
    return made


def milliseconds(read: Callable[[str], object], make: Callable[[], str]) -> float:
    """The median CPU time of one reading."""
    times = []
    for _ in range(READINGS):
        text = make()
        start = time.process_time()
        read(text)
        times.append(time.process_time() - start)
    return round(sorted(times)[READINGS // 2] * 1e3, 3)


def compare() -> dict[str, Any]:
    """Every reader on every kind of text."""
    readers: dict[str, tuple[Callable[[str], object], list[str]]] = {
        "complaint": (ComplaintText(vocabulary=VOCABULARY).read, COMPLAINTS),
        "medicine": (parse_medicine, MEDICINES),
    }
    found = {
        name: {kind: milliseconds(read, make) for kind, make in texts(pieces).items()}
        for name, (read, pieces) in readers.items()
    }
    slowest = max(value for kinds in found.values() for value in kinds.values())
    return {"benchmark": "prescription_text", "milliseconds": found, "aim_kept": slowest <= AIM}


def main() -> int:
    """Measure and print; status 1 when a kind took longer than the aim."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = compare()
    if options.json:
        print(json.dumps(result))
        return 0 if result["aim_kept"] else 1
    for name, kinds in result["milliseconds"].items():
        for kind, value in kinds.items():
            print(f"{name:<10} {kind:<24} {value:>7.3f} ms")
    print(f"at most {AIM:g} ms for {SIZE} characters: {result['aim_kept']}")
    return 0 if result["aim_kept"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
