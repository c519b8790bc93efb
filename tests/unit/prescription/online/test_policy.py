"""What an organisation sets: medicines it never wants, combinations it knows as good."""

import pytest
from pydantic import ValidationError

from perdure.kernel.discovery import solution
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.guarding import Guarding
from perdure.solutions.prescription.names import Names
from perdure.solutions.prescription.prescription import Entry, Patient, Prescription
from perdure.solutions.prescription.settings import KnownGood

NAMES = Names({"molecule": {"d1": "Atazanavir", "d2": "Omeprazole", "d3": "Codeine"}})
BOTH = Prescription(
    "ann", patient=Patient(60, "male"),
    entries={"medicine": (Entry("w", "W", "d1"), Entry("a", "A", "d2"))},
)  # fmt: skip


@pytest.fixture
def guarding(tmp_path):
    settings = Project.create(tmp_path / "clinic").settings(solution("prescription"))

    def made(**pad):
        return Guarding(settings.model_copy(update={"pad": settings.pad.model_copy(update=pad)}),
                        NAMES)  # fmt: skip

    return made


def rules(checked):
    return {alert.rule for alert in checked.alerts}


def test_a_molecule_that_is_never_wanted_is_grey_and_warned_of(guarding):
    guard = guarding(never={"CODEINE PHOSPHATE": "we use none"})
    assert "we use none" in guard.greyed(BOTH, ["d2", "d3"])["d3"]
    assert rules(guard.check(BOTH, "d3")) == {"never.codeine"}
    assert guarding().greyed(BOTH, ["d3"]) == {}


def test_a_combination_known_as_good_is_not_warned_of(guarding):
    warned = [alert for alert in guarding().check(BOTH).alerts if alert.kind == "interaction"]
    assert warned
    good = KnownGood(
        kind="interaction", molecules=("omeprazole", "Atazanavir Sulfate"), reason="watched"
    )
    checked = guarding(known_good=(good,)).check(BOTH)
    assert not [a for a in checked.alerts if a.kind == "interaction"]
    # It is told all the same, with the reason.
    assert [each.alert for each in checked.suppressed] == warned
    assert {each.reason for each in checked.suppressed} == {"watched"}
    assert guarding().check(BOTH).suppressed == ()


@pytest.mark.parametrize(("role", "tier"), [("doctor", "passive"), ("nurse", "interrupt")])
def test_the_settings_say_whom_an_alert_interrupts(guarding, role, tier):
    alerts = guarding(interrupt_roles=("nurse",)).check(BOTH, "", role).alerts
    assert {alert.tier for alert in alerts if alert.kind == "interaction"} == {tier}


@pytest.mark.parametrize("wrong", [{"kind": "taste"}, {"molecules": ()}, {"reason": ""}])
def test_a_silence_without_kind_molecules_or_reason_is_refused(wrong):
    whole = {"kind": "interaction", "molecules": ("a", "b"), "reason": "why"}
    with pytest.raises(ValidationError):
        KnownGood(**{**whole, **wrong})
