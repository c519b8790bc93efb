"""The tables of the prescription assistant: visits, what was entered, and the lists of terms.

No table of promotion is among them, and none may ever be: see ``forbidden_tables``.
"""

from __future__ import annotations

from perdure.kernel.tables import Column, RowRule, TableContract

FIELDS = ("complaint", "diagnosis", "medicine", "lab", "advice")


def _when() -> tuple[Column, Column]:
    return (
        Column("event_time", "timestamp", "when the visit took place"),
        Column("known_at", "timestamp", "since when the row can be known"),
    )


_KNOWN = RowRule("known-after-event", "known_at >= event_time", "known no earlier than it happened")

VISIT = TableContract(
    "prescription_visit",
    "One visit: which doctor, when, and for whom (no name, no number of the patient)",
    (
        Column("visit", "string", "the visit", synonyms=("visit_id", "encounter", "encounter_id")),
        *_when(),
        Column("doctor", "string", "the doctor", privacy="personal",
               synonyms=("doctor_id", "physician", "prescriber", "practitioner")),
        Column("sequence", "integer", "place of the visit among the doctor's, rising", minimum=0,
               nullable=True, synonyms=("seq",)),
        Column("specialty", "string", "the doctor's specialty", nullable=True),
        Column("age", "integer", "age of the patient", unit="years", nullable=True, minimum=0,
               maximum=120, privacy="phi"),
        Column("sex", "string", "sex of the patient", nullable=True,
               allowed=("female", "male", "unknown"), privacy="phi"),
        Column("notes", "string", "free notes of the doctor", nullable=True, privacy="note"),
    ),
    keys=("visit",),
    rules=(_KNOWN,),
)  # fmt: skip

ENTRY = TableContract(
    "prescription_entry",
    "One entry of a visit: a complaint, a diagnosis, a medicine, a laboratory test or an advice",
    (
        Column("visit", "string", "the visit", synonyms=("visit_id", "encounter", "encounter_id")),
        *_when(),
        Column("field", "string", "the section of the prescription", allowed=FIELDS),
        Column("position", "integer", "place within the section", minimum=0, nullable=True,
               synonyms=("pos",)),
        Column("code", "string", "code of the entry; of a medicine, its brand"),
        Column("molecule", "string", "molecule of a medicine", nullable=True),
        Column("status", "string", "whether a medicine is new to the patient", nullable=True,
               allowed=("new", "continued", "unknown")),
    ),
    keys=("visit", "field", "code", "position"),
    rules=(_KNOWN,),
)  # fmt: skip

TERM = TableContract(
    "prescription_term",
    "A term that can be entered: its code, its name, and other names that doctors use",
    (
        Column("field", "string", "the section of the prescription, or 'molecule'",
               allowed=(*FIELDS, "molecule")),
        Column("code", "string", "code of the term"),
        *_when(),
        Column("name", "string", "its name"),
        Column("simple_names", "string", "other names, separated by |", nullable=True),
        Column("molecule", "string", "molecule of a brand", nullable=True),
        Column("alias_of", "string", "the code that it stands for (merged terms)", nullable=True),
    ),
    keys=("field", "code"),
    rules=(_KNOWN,),
)  # fmt: skip

TABLES = (VISIT, ENTRY, TERM)
