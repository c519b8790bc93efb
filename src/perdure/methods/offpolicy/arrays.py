"""Arrays as they must be, and errors that name the first place where they are not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from perdure.kernel.errors import ContractError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

TOLERANCE = 1e-6
"""How far the probabilities of a row may be from 1 in sum."""


def refuse(bad: Bools, name: str, what: str, expected: str, hint: str | None = None) -> None:
    """Raise ContractError that names the first of the ``bad`` places and counts them.

    >>> refuse(np.array([False, True]), "reward", "is no number", "finite numbers")
    Traceback (most recent call last):
    perdure.kernel.errors.ContractError: reward[1]: is no number (1 of 2). Expected finite numbers
    """
    if not bad.any():
        return
    first = ", ".join(map(str, np.argwhere(bad)[0].tolist()))
    raise ContractError(
        f"{what} ({int(bad.sum()):,} of {bad.size:,})",
        where=f"{name}[{first}]", expected=expected, hint=hint,
    )  # fmt: skip


def numbers(name: str, values: npt.ArrayLike, *shapes: tuple[int, ...]) -> Floats:
    """Finite numbers of one of the ``shapes`` (-1: any length)."""
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ContractError("holds no numbers", where=name, expected="numbers") from error
    _of_shape(name, found.shape, shapes)
    refuse(~np.isfinite(found), name, "is no number", "finite numbers")
    return found


def whole(name: str, values: npt.ArrayLike, *shapes: tuple[int, ...]) -> Ints:
    """Whole numbers of one of the ``shapes``; 1.5 is refused, not cut."""
    found = np.asarray(values)
    if found.dtype.kind not in "iu":
        raise ContractError(f"holds {found.dtype}", where=name, expected="whole numbers")
    _of_shape(name, found.shape, shapes)
    return found.astype(np.int64)


def flags(name: str, values: npt.ArrayLike, *shapes: tuple[int, ...]) -> Bools:
    """True or false, of one of the ``shapes``."""
    found = np.asarray(values)
    if found.dtype.kind != "b":
        raise ContractError(f"holds {found.dtype}", where=name, expected="true or false")
    _of_shape(name, found.shape, shapes)
    return found


def distributions(name: str, values: npt.ArrayLike, *shapes: tuple[int, ...]) -> Floats:
    """Probabilities; those of a matrix add up to 1 along its last axis."""
    found = numbers(name, values, *shapes)
    refuse((found < 0) | (found > 1), name, "is no probability", "0 to 1")
    if found.shape[1:] and len(shapes[0]) == found.ndim:
        wrong = np.abs(found.sum(axis=-1) - 1) > TOLERANCE
        refuse(wrong, name, "the probabilities of the row do not add up to 1", "a sum of 1")
    return found


def propensities(values: npt.ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Probabilities with which things were done: above 0, since they were, and at most 1."""
    found = numbers("propensity", values, shape)
    refuse(
        (found <= 0) | (found > 1), "propensity", "is no probability of what was done",
        "above 0 and at most 1", "log the probability with every decision",
    )  # fmt: skip
    return found


def entity_codes(entity: npt.ArrayLike, n: int) -> Ints:
    """The number of each row's entity, 0, 1, ..., from ids of any kind."""
    found = np.asarray(entity)
    _of_shape("entity", found.shape, ((n,),))
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def _of_shape(name: str, found: tuple[int, ...], wanted: tuple[tuple[int, ...], ...]) -> None:
    def fits(shape: tuple[int, ...]) -> bool:
        sizes = zip(shape, found, strict=False)
        return len(shape) == len(found) and all(size in (-1, own) for size, own in sizes)

    if wanted and not any(map(fits, wanted)):
        told = " or ".join(str(shape).replace("-1", "any") for shape in wanted)
        raise ContractError(f"has the shape {found}", where=name, expected=told)
