"""Code systems: their addresses in FHIR, and the short name that keeps a foreign code apart."""

from __future__ import annotations

from typing import Final

ICD10CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10: Final = "http://hl7.org/fhir/sid/icd-10"
ICD9CM: Final = "http://hl7.org/fhir/sid/icd-9-cm"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC: Final = "http://www.whocc.no/atc"
NDC: Final = "http://hl7.org/fhir/sid/ndc"
SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"
OWN: Final = "urn:x-perdure:"
MOLECULE: Final = OWN + "molecule"
DOCTOR: Final = OWN + "doctor"
SUGGESTIONS: Final = OWN + "suggestions"
PRESCRIPTION: Final = OWN + "prescription"

_SHORT: Final = {
    ICD9CM: "icd9", RXNORM: "rxnorm", ATC: "atc", NDC: "ndc", SNOMED: "snomed", LOINC: "loinc",
}  # fmt: skip
_SYSTEM: Final = {short: system for system, short in _SHORT.items()}


def local_code(system: str, code: str) -> str:
    """The code under which an entry is kept.

    The lists hold ICD-10 codes and their own codes as they are. A number of RxNorm could be the
    number of some brand of a list, so a foreign code carries the name of its system.

    >>> local_code(ICD10CM, "I10"), local_code(RXNORM, "1191"), local_code("urn:other", "7")
    ('I10', 'rxnorm:1191', 'urn:other|7')
    """
    if not system or system in (ICD10CM, ICD10) or system.startswith(OWN):
        return code
    short = _SHORT.get(system)
    return f"{short}:{code}" if short else f"{system}|{code}"


def system_of(code: str, section: str) -> tuple[str, str]:
    """The system and the code in it of an entry: the reverse of :func:`local_code`.

    >>> system_of("rxnorm:1191", "medicine")
    ('http://www.nlm.nih.gov/research/umls/rxnorm', '1191')
    >>> system_of("cbc", "lab")
    ('urn:x-perdure:lab', 'cbc')
    >>> system_of("urn:other|7", "lab")
    ('urn:other', '7')
    """
    if code.startswith(("http://", "https://", "urn:")) and "|" in code:
        system, _, rest = code.rpartition("|")
        return system, rest
    short, colon, rest = code.partition(":")
    if colon and rest and short in _SYSTEM:
        return _SYSTEM[short], rest
    return OWN + section, code


def rank(system: str, section: str) -> int:
    """Which of several codings of one entry is taken: the list's own before all, then ICD-10.

    >>> rank(ICD10CM, "diagnosis") < rank(SNOMED, "diagnosis")
    True
    """
    order = (OWN + section, ICD10CM, ICD10, RXNORM, ATC, NDC, LOINC, SNOMED, ICD9CM)
    return order.index(system) if system in order else len(order)
