"""POST /medicines/read: a medicine string in parts; what is not understood is kept and shown."""

from __future__ import annotations

from perdure.solutions.prescription.api.texts import Answer, Asked, Name
from perdure.solutions.prescription.medicines.formulary import bundled_formulary
from perdure.solutions.prescription.medicines.grammar import parse_medicine
from perdure.solutions.prescription.service import Service


class ReadRequest(Asked):
    """The string as a doctor or a price list writes it."""

    text: Name


class ReadAnswer(Answer):
    """Its parts; ``unparsed`` holds what was not understood, ``flags`` what was presumed."""

    text: str
    brand: str | None
    strengths: list[str]
    form: str | None
    volume: str | None
    pack: int | None
    modifiers: list[str]
    molecules: list[str]
    unparsed: list[str]
    flags: list[str]


def read(service: Service, asked: ReadRequest) -> ReadAnswer:  # noqa: ARG001 - a handler's form
    """The parts of the string; molecules of brands that the bundled formulary knows."""
    found = parse_medicine(asked.text, bundled_formulary())
    return ReadAnswer(
        text=found.text,
        brand=found.brand,
        strengths=[str(strength) for strength in found.strengths],
        form=found.form,
        volume=str(found.volume) if found.volume else None,
        pack=found.pack,
        modifiers=list(found.modifiers),
        molecules=list(found.molecules),
        unparsed=list(found.unparsed),
        flags=[flag.value for flag in found.flags],
    )
