"""What a call is answered with: warnings, what could not be checked, and suggestions."""

from __future__ import annotations

import uuid
from typing import Final

from perdure.kernel.errors import NotEnoughData
from perdure.solutions.prescription.cds_hooks.cards import (
    Action,
    Card,
    CardSuggestion,
    Coding,
    Indicator,
    Source,
    literal,
    short,
)
from perdure.solutions.prescription.cds_hooks.requests import Called
from perdure.solutions.prescription.fhir.resources import About, resource
from perdure.solutions.prescription.fhir.writing import reasons
from perdure.solutions.prescription.prescription import Entry, Section, Suggestion, Suggestions
from perdure.solutions.prescription.service import (
    Alert,
    Checked,
    Service,
    Suppressed,
    field_of,
)

OFFERED: Final[tuple[Section, ...]] = ("medicine", "lab")
"""Sections whose entries can be drafted as orders."""
PILLS: Final = 5
NOBODY: Final = "(nobody)"
_OWN: Final = Source(label="perdure prescription assistant")
_WHY_NOT: Final = tuple(
    Coding(system="urn:x-perdure:override-reason", code=code, display=display)
    for code, display in (
        ("benefit-outweighs-risk", "The benefit outweighs the risk"),
        ("tolerated-before", "The patient tolerated this before"),
        ("will-monitor", "Will be monitored"),
        ("not-relevant", "Not relevant to this patient"),
        ("wrong", "The warning is wrong"),
    )
)


def cards(service: Service, call: Called) -> list[Card]:
    """The cards of one call, loudest first; none for a user who is no prescriber."""
    if not call.by_prescriber:
        return []
    checked = service.check(call.reading.written, role=call.role)
    made = _warnings(service, checked, call)
    gaps = _gaps(checked, call)
    made += [_not_checked(gaps, call)] if gaps else []
    made += [_suppressed(checked.suppressed, call)] if checked.suppressed else []
    if call.service.suggests:
        made += _suggested(service, call)
    return made


def _warnings(service: Service, checked: Checked, call: Called) -> list[Card]:
    """A card for each loud alert and one for all others; kept, so that overrides can be."""
    loud = [alert for alert in checked.alerts if alert.tier == "interrupt"]
    quiet = [alert for alert in checked.alerts if alert.tier != "interrupt"]
    made = [_loud(alert, call) for alert in loud]
    rules: list[tuple[str, ...]] = [(alert.rule,) for alert in loud]
    if quiet:
        made.append(_quiet(quiet, call))
        rules.append(tuple(dict.fromkeys(alert.rule for alert in quiet)))
    told = {uuid.UUID(card.uuid).hex: each for card, each in zip(made, rules, strict=True)}
    service.warned(told, doctor=call.reading.written.doctor or NOBODY)
    return made


def suggestion_id(suggestions: str, section: str, code: str) -> str:
    """The id of one suggestion, which leads back to it when feedback names it."""
    return About("", "", suggestions).id(section, code)


def card_id(suggestions: str) -> str:
    """The id of the card of suggestions: the same number in the form of a UUID.

    >>> card_id("0" * 32)
    '00000000-0000-0000-0000-000000000000'
    """
    try:
        return str(uuid.UUID(hex=suggestions))
    except ValueError:
        return suggestion_id(suggestions, "card", "")


def _loud(alert: Alert, call: Called) -> Card:
    indicator: Indicator = "critical" if call.service.hook == "order-sign" else "warning"
    return Card(
        uuid=_id(call, alert.rule, *alert.molecules),
        summary=short(alert.text),
        detail=_told(alert),
        indicator=indicator,
        source=Source(label=_edition(alert)),
        override_reasons=_WHY_NOT,
    )


def _quiet(alerts: list[Alert], call: Called) -> Card:
    """All quiet warnings as one card: many cards are read as none."""
    single = len(alerts) == 1
    sources = "; ".join(dict.fromkeys(_edition(alert) for alert in alerts))
    return Card(
        uuid=_id(call, "quiet", *(alert.rule for alert in alerts)),
        summary=short(alerts[0].text if single else f"{len(alerts)} notes about these medicines"),
        detail="\n".join(f"- {_told(alert)}" for alert in alerts),
        indicator="info",
        source=Source(label=sources),
        override_reasons=_WHY_NOT,
    )


def _not_checked(gaps: list[str], call: Called) -> Card:
    return Card(
        uuid=_id(call, "gaps", *gaps),
        summary=short("Not everything could be checked: no warning is no all-clear"),
        detail="\n".join(f"- not checked: {literal(gap)}" for gap in gaps),
        indicator="info",
        source=_OWN,
    )


def _suppressed(silenced: tuple[Suppressed, ...], call: Called) -> Card:
    """What this organisation does not warn of, each with its reason: quiet, and not hidden."""
    return Card(
        uuid=_id(call, "suppressed", *(each.alert.rule for each in silenced)),
        summary=short(f"Not warned of, because known as good here: {len(silenced)}"),
        detail="\n".join(
            f"- suppressed: {_told(each.alert)}; {literal(each.reason)}" for each in silenced
        ),
        indicator="info",
        source=_OWN,
    )


def _gaps(checked: Checked, call: Called) -> list[str]:
    told = (gap.removeprefix("not checked: ") for gap in checked.not_checked)
    return [*told, *(f"{key} were not sent along" for key in call.missing)]


def _suggested(service: Service, call: Called) -> list[Card]:
    try:
        made = service.suggest(call.reading.written, pills=PILLS)
    except NotEnoughData as error:
        # A model that is missing must not silence the warnings.
        return [Card(uuid=_id(call, "no model"), summary="No suggestions can be made now",
                     detail=literal(str(error)), indicator="info", source=_OWN)]  # fmt: skip
    offered = [(section, pill) for section in OFFERED
               for pill in made.fields.get(field_of(made, section), ())]  # fmt: skip
    free = [(section, pill) for section, pill in offered if not pill.greyed]
    if not free:
        return []
    about = About(f"Patient/{call.patient}", call.reading.written.doctor, made.id)
    lines = [f"- {literal(pill.name)}: {literal(reasons(pill, made.model))}" for _, pill in free]
    lines += [f"- not offered: {literal(pill.name)}: {literal(pill.greyed)}"
              for _, pill in offered if pill.greyed]  # fmt: skip
    return [_card_of(made, about, free, "\n".join(lines))]


def _card_of(
    made: Suggestions, about: About, free: list[tuple[Section, Suggestion]], detail: str
) -> Card:
    return Card(
        uuid=card_id(made.id),
        summary=short("Often entered here: " + ", ".join(pill.name for _, pill in free)),
        detail=detail,
        indicator="info",
        source=Source(label=f"{_OWN.label}, model {made.model}"),
        suggestions=tuple(_suggestion(section, pill, about) for section, pill in free),
        selection_behavior="any",
    )


def _suggestion(section: Section, pill: Suggestion, about: About) -> CardSuggestion:
    drafted = resource(section, Entry(pill.code, pill.name, pill.molecule), about, "proposal")
    # The client's server names what it creates.
    del drafted["id"]
    name = pill.name or pill.code
    return CardSuggestion(
        label=name,
        uuid=about.id(section, pill.code),
        actions=(Action(description=f"Draft: {name}", resource=drafted),),
    )


def _told(alert: Alert) -> str:
    about = f" ({', '.join(alert.molecules)})" if alert.molecules else ""
    return f"{literal(alert.text + about)} — {literal(_edition(alert))}"


def _edition(alert: Alert) -> str:
    return f"{alert.source}, {alert.dated}"


def _id(call: Called, *parts: str) -> str:
    return About("", "", str(call.instance)).id(call.service.id, *parts)
