"""GET and POST /cds-services: discovery, cards and feedback of CDS Hooks 2.0.1."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from perdure.solutions.prescription.api.texts import Word
from perdure.solutions.prescription.cds_hooks.answers import cards
from perdure.solutions.prescription.cds_hooks.catalogue import SERVICES, service_of
from perdure.solutions.prescription.cds_hooks.feedback import record, told
from perdure.solutions.prescription.cds_hooks.requests import called
from perdure.solutions.prescription.fhir.outcome import as_outcomes
from perdure.solutions.prescription.service import Service

JSON = dict[str, Any]


class HookBody(BaseModel):
    """The body of a CDS Hooks call: looked at by the reader, so that faults become outcomes."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    id: Word

    def json_body(self) -> JSON:
        """What was sent."""
        return dict(self.model_extra or {})


def discovery(_service: Service, _asked: Mapping[str, Any]) -> JSON:
    """The services that are offered here, and what each asks to be sent along."""
    return {"services": [service.described() for service in SERVICES.values()]}


def call(service: Service, asked: HookBody) -> JSON:
    """The cards for one call of a hook."""
    offered = service_of(asked.id)
    with as_outcomes():
        received = called(offered, asked.json_body(), datetime.now(UTC).date(), service.codes)
        return {"cards": [card.as_json() for card in cards(service, received)]}


def hook_feedback(service: Service, asked: HookBody) -> JSON:
    """Record what became of cards; cards that are unknown or were told before change nothing."""
    service_of(asked.id)
    said = told(asked.json_body())
    return {"recorded": sum(record(service, each) for each in said), "received": len(said)}
