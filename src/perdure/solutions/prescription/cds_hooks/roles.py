"""Who calls: the role of the user, as the PractitionerRole that was sent along tells it."""

from __future__ import annotations

from typing import Final, get_args

from perdure.solutions.prescription.fhir.bundle import Bundled
from perdure.solutions.prescription.fhir.values import Resource, last_name, part, parts, text
from perdure.solutions.prescription.service import Role

SYSTEM: Final = "http://terminology.hl7.org/CodeSystem/practitioner-role"
"""HL7's code system of roles; of its codes doctor, nurse and pharmacist are known here."""
ASSUMED: Final[Role] = "doctor"


def role_of(user: str, *bodies: Resource) -> Role:
    """The role of ``user`` ("PractitionerRole/r1", "Practitioner/d1"), from what was sent.

    A doctor when nothing tells it, and when several roles do: no warning is made quiet by a guess.

    >>> sent = {"resourceType": "PractitionerRole", "id": "r1",
    ...         "code": [{"coding": [{"system": SYSTEM, "code": "pharmacist"}]}]}
    >>> role_of("PractitionerRole/r1", sent), role_of("PractitionerRole/r2", sent)
    ('pharmacist', 'doctor')
    """
    told = Bundled.of(*bodies).of_kind("PractitionerRole")
    found = {role for each in told if _is_of(each, user) for role in _roles(each)}
    return found.pop() if len(found) == 1 else ASSUMED


def _is_of(resource: Resource, user: str) -> bool:
    if resource.get("active") is False:
        return False
    named = (
        text(resource.get("id"))
        if user.startswith("PractitionerRole/")
        else last_name(part(resource, "practitioner").get("reference"))
    )
    return bool(named) and named == last_name(user)


def _roles(resource: Resource) -> list[Role]:
    codings = [each for concept in parts(resource, "code") for each in parts(concept, "coding")]
    codes = {text(each.get("code")) for each in codings if each.get("system") == SYSTEM}
    roles: tuple[Role, ...] = get_args(Role)
    return [role for role in roles if role in codes]
