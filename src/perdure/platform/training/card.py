"""The model card: the 31 source attributes of 45 CFR 170.315(b)(11)(iv)(B), filled and checked.

What only people can say comes from the manifest of the solution; what can be measured is filled
from the evidence; what only time can tell says so and is filled by monitors later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Source = Literal["people", "platform", "monitors"]
GROUPS = (
    "Output",
    "Purpose",
    "Cautioned use",
    "Development",
    "Fairness",
    "External validation",
    "Quantitative performance",
    "Ongoing maintenance",
    "Updates",
)
_UNSAID = "Not stated."


@dataclass(frozen=True, slots=True)
class Attribute:
    """One source attribute: its number 1-31, its group, what it says, and who says it."""

    number: int
    group: str
    name: str
    value: str
    source: Source

    @property
    def is_filled(self) -> bool:
        """Whether anything is said."""
        return bool(self.value.strip()) and self.value != _UNSAID


ATTRIBUTES: tuple[tuple[str, str, str, Source], ...] = (
    ("Output", "Developer and contact", "developer", "people"),
    ("Output", "Funding source", "funding", "people"),
    ("Output", "Value produced", "value", "platform"),
    ("Output", "Output type", "output", "platform"),
    ("Purpose", "Intended use", "intended_use", "people"),
    ("Purpose", "Intended population", "population", "people"),
    ("Purpose", "Intended users", "users", "people"),
    ("Purpose", "Role in the decision", "decision_role", "people"),
    ("Cautioned use", "Tasks and populations cautioned against", "cautions", "people"),
    ("Cautioned use", "Known risks and limitations", "limitations", "people"),
    ("Development", "Inclusion and exclusion", "inclusion", "platform"),
    ("Development", "Use of sensitive variables", "sensitive_features", "people"),
    ("Development", "Representativeness of the training data", "representative", "platform"),
    ("Development", "Relevance to the deployed setting", "relevance", "platform"),
    ("Fairness", "Approach to fair output", "fairness_approach", "people"),
    ("Fairness", "Approaches to manage bias", "bias", "platform"),
    ("External validation", "Data source and setting", "external_source", "platform"),
    ("External validation", "Who tested", "external_tester", "platform"),
    ("External validation", "Representativeness", "external_representative", "platform"),
    ("External validation", "Process", "external_process", "platform"),
    ("Quantitative performance", "Validity, internal", "validity", "platform"),
    ("Quantitative performance", "Fairness, internal", "fairness", "platform"),
    ("Quantitative performance", "Validity, external", "validity_external", "platform"),
    ("Quantitative performance", "Fairness, external", "fairness_external", "platform"),
    ("Quantitative performance", "Outcomes of use", "outcomes", "monitors"),
    ("Ongoing maintenance", "Validity monitoring", "validity_monitoring", "platform"),
    ("Ongoing maintenance", "Validity in local data", "validity_local", "monitors"),
    ("Ongoing maintenance", "Fairness monitoring", "fairness_monitoring", "platform"),
    ("Ongoing maintenance", "Fairness in local data", "fairness_local", "monitors"),
    ("Updates", "Update process", "updates", "platform"),
    ("Updates", "Correction process", "corrections", "platform"),
)
"""Group, name, key of the text and who gives it, in the order of the regulation."""


def make_card(
    title: str, texts: Mapping[str, str], facts: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The card in JSON form from one text a key of ``ATTRIBUTES``; a key without one is unsaid.

    ``facts`` are further values that perdure adds, e.g. table versions.

    >>> card = make_card("demo", {"developer": "Data team, team@example.org"})
    >>> len(card["attributes"]), len(missing(card))
    (31, 30)
    """
    attributes = [
        Attribute(i + 1, group, name, texts.get(key, "").strip() or _UNSAID, source)
        for i, (group, name, key, source) in enumerate(ATTRIBUTES)
    ]
    return {
        "title": title,
        "attributes": [asdict(attribute) for attribute in attributes],
        "facts": dict(facts or {}),
    }


def missing(card: Mapping[str, Any]) -> list[str]:
    """The names of attributes that say nothing; a card is complete when there are none."""
    found = [Attribute(**form) for form in card.get("attributes", ())]
    unsaid = [a.name for a in found if not a.is_filled]
    known = {(a.group, a.name) for a in found}
    return unsaid + [n for group, n, _, _ in ATTRIBUTES if (group, n) not in known]


def as_markdown(card: Mapping[str, Any]) -> str:
    """The card as Markdown, one heading a group. Text is escaped: it cannot become markup."""
    lines = [f"# Model card: {_plain(card['title'])}", ""]
    for group in GROUPS:
        lines += [f"## {group}", ""]
        for form in card["attributes"]:
            if form["group"] == group:
                lines.append(f"**{form['number']}. {form['name']}.** {_plain(form['value'])}")
                lines.append("")
    lines += ["## Facts", ""]
    lines += [f"- {name}: {_plain(str(value))}" for name, value in card["facts"].items()]
    return "\n".join(lines) + "\n"


def unknown_yet(outside: str, later: str) -> dict[str, str]:
    """The attributes of a version that nobody outside has tested and nobody has used yet.

    >>> unknown_yet("none", "later")["outcomes"]
    'later'
    """
    tested = ("source", "tester", "representative", "process")
    elsewhere = [f"external_{name}" for name in tested] + ["validity_external", "fairness_external"]
    use = ("outcomes", "validity_local", "fairness_local")
    return dict.fromkeys(elsewhere, outside) | dict.fromkeys(use, later)


def sentences(parts: Sequence[str]) -> str:
    """Parts as one text, each ended by a full stop.

    >>> sentences(["one", "two."])
    'One. Two.'
    """
    whole = [part.strip() for part in parts if part.strip()]
    return " ".join(p[0].upper() + p[1:] + ("" if p[-1] in ".!?" else ".") for p in whole)


def _plain(text: str) -> str:
    for sign in ("\\", "<", ">", "[", "]", "*", "_", "`", "#", "|"):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
