"""Drawn visits as rows in the columns of the table contracts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from perdure.solutions.prescription.sample.doctors import Doctors
from perdure.solutions.prescription.sample.practice import SPECIALTIES, Ints, Practice
from perdure.solutions.prescription.sample.rates import Drawn, Marks

SECTIONS = {"complaint": "complaint", "diagnosis": "diagnosis", "brand": "medicine", "lab": "lab",
            "advice": "advice"}  # fmt: skip
"""Fields as they are drawn, and the sections of the table."""

Times = NDArray[np.datetime64]


def doctor_id(number: int) -> str:
    """The id of an invented doctor.

    >>> doctor_id(6)
    'doctor-07'
    """
    return f"doctor-{number + 1:02d}"


def visit_rows(drawn: Drawn, doctors: Doctors, ids: pa.Array, at: Times) -> pa.Table:
    """The table of visits, in order of time."""
    people = drawn.people
    when = pa.array(at, pa.timestamp("us"))
    return pa.table(
        {
            "visit": ids,
            "event_time": when,
            "known_at": when,
            "doctor": _picked([doctor_id(n) for n in range(len(doctors))], people.doctor),
            "sequence": pa.array(_place(people.doctor), pa.int64()),
            "specialty": _picked(list(SPECIALTIES.values()), doctors.specialty[people.doctor]),
            "age": pa.array(people.age, pa.int64()),
            "sex": _picked(["male", "female"], people.female.astype(np.int64)),
            "notes": pa.nulls(len(people), pa.string()),
        }
    )


def entry_rows(found: Practice, drawn: Drawn, ids: pa.Array, at: Times) -> pa.Table:
    """The table of entries, section by section."""
    return pa.concat_tables(_sections(found, drawn, ids, at))


def _sections(found: Practice, drawn: Drawn, ids: pa.Array, at: Times) -> Iterator[pa.Table]:
    for field, section in SECTIONS.items():
        visit, item = np.nonzero(drawn.entered[field])
        when = pa.array(at[visit], pa.timestamp("us"))
        medicine = section == "medicine"
        nothing = pa.nulls(len(visit), pa.string())
        molecules = found.molecule[item] if medicine else item
        yield pa.table(
            {
                "visit": ids.take(pa.array(visit)),
                "event_time": when,
                "known_at": when,
                "field": pa.repeat(pa.scalar(section), len(visit)),
                "position": pa.array(_position(drawn.entered[field]), pa.int64()),
                "code": _picked(found.codes[field], item),
                "molecule": _picked(found.codes["molecule"], molecules) if medicine else nothing,
                "status": _picked(["new", "continued"], item % 2) if medicine else nothing,
            }
        )


def term_rows(found: Practice, at: datetime) -> pa.Table:
    """The lists of terms, known from ``at`` on."""
    listed = [
        ("medicine" if field == "brand" else field, field, number, code)
        for field, codes in found.codes.items()
        for number, code in enumerate(codes)
    ]
    when = pa.repeat(pa.scalar(at, pa.timestamp("us")), len(listed))
    molecules = [
        found.codes["molecule"][found.molecule[number]] if field == "brand" else None
        for _, field, number, _ in listed
    ]
    return pa.table(
        {
            "field": [section for section, *_ in listed],
            "code": [code for *_, code in listed],
            "event_time": when,
            "known_at": when,
            "name": [found.names[field, code] for _, field, _, code in listed],
            "simple_names": pa.array(
                [found.also.get((field, code)) or None for _, field, _, code in listed], pa.string()
            ),
            "molecule": pa.array(molecules, pa.string()),
            "alias_of": pa.nulls(len(listed), pa.string()),
        }
    )


def _picked(values: Sequence[str], index: Ints) -> pa.Array:
    """``values[index]`` as Arrow text, without a Python string a row."""
    numbers = pa.array(index.astype(np.int32))
    return pa.DictionaryArray.from_arrays(numbers, pa.array(values, pa.string())).cast(pa.string())


def _place(doctor: Ints) -> Ints:
    """The place of each visit among its doctor's own."""
    line = np.argsort(doctor, kind="stable")
    start = np.searchsorted(doctor[line], doctor[line])
    found = np.empty(len(doctor), dtype=np.int64)
    found[line] = np.arange(len(doctor)) - start
    return found


def _position(marks: Marks) -> Ints:
    """The place of each entry among those of its visit."""
    sizes = marks.sum(axis=1)
    return np.asarray(np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes))
