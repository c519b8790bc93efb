"""The addresses that the manifest mounts, each with its handler, its models and its policy."""

from __future__ import annotations

from typing import Final

from perdure.kernel.endpoints import Endpoint
from perdure.solutions.prescription.fhir.outcome import MEDIA

_API: Final = "perdure.solutions.prescription.api"


def _post(path: str, place: str, request: str, answer: str, summary: str) -> Endpoint:
    """An address that reads."""
    module = f"{_API}.{place.partition(':')[0]}"
    return Endpoint(
        "POST", path, f"{_API}.{place}", f"{module}:{request}", f"{module}:{answer}", "read",
        summary,
    )  # fmt: skip


def _writing(
    path: str, place: str, request: str, answer: str, summary: str, status: int = 200
) -> Endpoint:
    """An address that keeps something."""
    module = f"{_API}.{place.partition(':')[0]}"
    return Endpoint(
        "POST", path, f"{_API}.{place}", f"{module}:{request}", f"{module}:{answer}", "act",
        summary, status,
    )  # fmt: skip


ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    _post("/suggest", "suggest:suggest", "SuggestRequest", "SuggestAnswer",
          "Pills for every field, given what is written"),
    _post("/search", "search:search", "SearchRequest", "SearchAnswer",
          "Entries of a section for what was typed"),
    _post("/check", "check:check", "CheckRequest", "CheckAnswer",
          "Warnings, and what could not be checked"),
    _post("/medicines/read", "medicines:read", "ReadRequest", "ReadAnswer",
          "A medicine string in parts"),
    _writing("/prescriptions", "saving:save", "SaveRequest", "SaveAnswer",
             "Keep a prescription; the same key again changes nothing", 201),
    _writing("/feedback", "feedback:feedback", "FeedbackRequest", "FeedbackAnswer",
             "What was done with a pill, or is said of a molecule"),
    _writing("/terms", "terms:add_term", "TermRequest", "TermAnswer",
             "Add a term that no list has", 201),
    _post("/templates", "templates:templates", "TemplatesRequest", "TemplatesAnswer",
          "The templates of a doctor"),
    _writing("/templates/keep", "templates:keep", "KeepRequest", "KeepAnswer",
             "Keep a template, or forget it", 201),
    Endpoint("POST", "/terms/alias", f"{_API}.terms:alias", f"{_API}.terms:AliasRequest",
             f"{_API}.terms:AliasAnswer", "manage", "Merge a term into another one"),
    Endpoint("POST", "/fhir/suggest", f"{_API}.fhir:fhir_suggest", f"{_API}.fhir:FhirBody",
             policy="read", summary="FHIR R4: a Bundle in, a Bundle of proposals out", media=MEDIA),
    Endpoint("POST", "/fhir/prescriptions", f"{_API}.fhir:fhir_save", f"{_API}.fhir:FhirBody",
             policy="act", summary="FHIR R4: keep the prescription of a Bundle", status=201,
             media=MEDIA),
    Endpoint("GET", "/cds-services", f"{_API}.hooks:discovery", policy="public",
             summary="CDS Hooks: the services that are offered", root=True),
    Endpoint("POST", "/cds-services/{id}", f"{_API}.hooks:call", f"{_API}.hooks:HookBody",
             policy="read", summary="CDS Hooks: the cards for one call", root=True),
    Endpoint("POST", "/cds-services/{id}/feedback", f"{_API}.hooks:hook_feedback",
             f"{_API}.hooks:HookBody", policy="act",
             summary="CDS Hooks: what became of cards", root=True),
)  # fmt: skip
