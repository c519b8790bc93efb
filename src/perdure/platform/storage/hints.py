"""What a whole file gives away about how it writes dates and numbers.

A single ``03/04/2026`` or ``1,234`` can mean two things. The file as a whole often shows which,
and when it shows the other one, nothing of it may be stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from perdure.kernel.errors import ContractError


@dataclass
class Seen:
    """Examples of one column, each the first of its kind, with the number of such values."""

    month_first: str | None = None
    day_first: str | None = None
    either_way: str | None = None
    thousands: str | None = None
    decimal_comma: str | None = None


@dataclass
class Hints:
    """What was seen so far, by column."""

    columns: dict[str, Seen] = field(default_factory=dict)

    def see(self, column: str, kind: str, example: str | None) -> None:
        """Keep the first example of a kind."""
        seen = self.columns.setdefault(column, Seen())
        if example is not None and getattr(seen, kind) is None:
            setattr(seen, kind, example)

    def check(self, where: str) -> None:
        """Raise ContractError when values were read one way and the file means the other."""
        for name, seen in self.columns.items():
            if seen.day_first and not seen.month_first:
                raise _refused(
                    name, f"'{seen.day_first}' is day/month/year", "month/day/year", where
                )
            if seen.decimal_comma and seen.thousands:
                raise _refused(
                    name, f"'{seen.decimal_comma}' has a decimal comma", "a decimal point", where
                )

    def notes(self) -> list[str]:
        """Remarks for the report: which reading was taken where there are two."""
        return [
            f"dates in '{name}' such as '{seen.either_way}' were read as month/day/year"
            for name, seen in self.columns.items()
            if seen.either_way and not seen.month_first
        ]


def _refused(column: str, what: str, expected: str, where: str) -> ContractError:
    return ContractError(
        f"column '{column}': {what}",
        where=where,
        expected=expected,
        hint="write dates as YYYY-MM-DD and numbers with a decimal point; nothing was stored",
    )
