"""Golden cases of every check."""

from __future__ import annotations

import timeit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perdure.kernel.errors import ContractError
from perdure.solutions.prescription.safety.alerts import Kind, Tier
from perdure.solutions.prescription.safety.check import SafetyCheck
from perdure.solutions.prescription.safety.interactions import Interactions
from perdure.solutions.prescription.safety.policy import Policy, Suppression, read_suppressions
from perdure.solutions.prescription.safety.prescribed import Context, Patient, prescribed

ADULT = Patient(40, "M", allergies=())


def asked(safety, new, *entered, patient=ADULT, role=None):
    context = Context(patient, tuple(prescribed(e) for e in entered), role)
    return safety.check(context, prescribed(new))


def rules(findings) -> list[tuple[str, str]]:
    return [(a.rule, a.tier.value) for a in findings.alerts]


@pytest.mark.parametrize(
    ("rule", "left", "right"),
    [
        ("onc.01", "Methylphenidate", "Phenelzine"),
        ("onc.02", "atazanavir", "ESOMEPRAZOLE MAGNESIUM"),
        ("onc.03", "febuxostat", "azathioprine"),
        ("onc.04", "sertraline hydrochloride", "selegiline"),
        ("onc.05", "irinotecan", "ketoconazole"),
        ("onc.06", "MEPERIDINE-PROMETHAZINE", "isocarboxazid"),
        ("onc.07", "amitriptyline", "tranylcypromine"),
        ("onc.08", "amiodarone", "escitalopram oxalate"),
        ("onc.09", "ramelteon", "fluvoxamine"),
        ("onc.10", "rifampin", "LOPINAVIR-RITONAVIR"),
        ("onc.11", "simvastatin", "clarithromycin"),
        ("onc.12", "ergotamine tartrate", "itraconazole"),
        ("onc.13", "tizanidine", "ciprofloxacin"),
        ("onc.14", "tranylcypromine", "procarbazine"),
        ("onc.15", "sumatriptan", "phenelzine"),
    ],
)
def test_every_onc_interaction_interrupts_in_both_directions(safety, rule, left, right) -> None:
    for one, other in ((left, right), (right, left)):
        assert (rule, "interrupt") in rules(asked(safety, one, other))


def test_an_alert_names_molecules_source_date_and_rule(safety) -> None:
    (found,) = asked(safety, "Omeprazole", "atazanavir").alerts
    assert found.kind is Kind.INTERACTION
    assert found.molecules == ("atazanavir", "omeprazole")
    assert "not absorbed" in found.text
    assert (found.source, found.date) == (
        "ONC high priority (Phansalkar, JAMIA 2012)",
        "2012-04-26",
    )


def test_what_is_not_in_a_table_is_told_as_unlisted(safety) -> None:
    found = asked(safety, "newmolecule", "atazanavir")
    assert (found.alerts, found.unlisted) == ((), ("newmolecule",))


def test_a_medicine_without_molecules_is_not_checked(safety) -> None:
    assert asked(safety, "  ").not_checked == ("not checked: '  ': its molecules are not known",)


@pytest.mark.parametrize(
    ("allergy", "new", "expected"),
    [
        ("penicillin", "amoxicillin", ("allergy.penicillin", "interrupt")),
        ("Amoxicillin", "AMPICILLIN SODIUM", ("allergy.penicillin", "interrupt")),
        ("PCN", "cephalexin", ("allergy.penicillin_cephalosporin", "passive")),
        ("cefalexin", "ceftriaxone", ("allergy.cephalosporin", "interrupt")),
        ("cephalosporins", "amoxicillin", ("allergy.cephalosporin_penicillin", "passive")),
        ("sulfa", "SULFAMETHOXAZOLE-TRIMETHOPRIM", ("allergy.sulfonamide", "interrupt")),
        ("Sulfa drugs", "celecoxib", ("allergy.sulfonamide_celecoxib", "interrupt")),
        ("Bactrim sulfamethoxazole", "x", None),
        ("sulfonamides", "hydrochlorothiazide", ("allergy.sulfonamide_other", "passive")),
        ("aspirin", "ibuprofen", ("allergy.nsaid", "interrupt")),
        ("NSAIDs", "Acetylsalicylic acid", ("allergy.nsaid", "interrupt")),
        ("lisinopril", "ramipril", ("allergy.ace_inhibitor", "interrupt")),
        ("newmolecule", "newmolecule", ("allergy.same", "interrupt")),
        ("penicillin", "azithromycin", None),
        ("aspirin", "acetaminophen", None),
    ],
)
def test_allergies_by_class(safety, allergy, new, expected) -> None:
    found = asked(safety, new, patient=Patient(40, "M", allergies=(allergy,)))
    assert rules(found) == ([expected] if expected else [])


def test_a_local_medicine_is_quiet_but_an_allergy_to_it_is_not(safety) -> None:
    patient = Patient(40, "M", allergies=("erythromycin",))
    found = asked(safety, "ERYTHROMYCIN OPHTHALMIC", "simvastatin", patient=patient)
    assert rules(found) == [("allergy.same", "interrupt"), ("onc.11", "passive")]
    assert found.alerts[1].text.endswith("(applied locally)")
    assert prescribed("Voveran Emulgel", ("diclofenac",), form="gel").local


def test_an_allergy_of_no_known_class_is_told(safety) -> None:
    found = asked(safety, "aspirin", patient=Patient(40, "M", allergies=("bee stings",)))
    assert found.not_checked == ("not checked: allergy: no class of 'bee stings' is known",)


@pytest.mark.parametrize("text", ["penicillin; xyz", "Penicillin, xyz", "penicillin and xyz"])
def test_a_known_allergy_does_not_speak_for_the_one_beside_it(safety, text):
    context = Context(Patient(41, "F", False, (text,)))
    found = safety.check(context, prescribed("amoxicillin"))
    assert [a.rule for a in found.alerts] == ["allergy.penicillin"]
    assert [gap for gap in found.not_checked if "xyz" in gap] == [
        "not checked: allergy: no class of 'xyz' is known"
    ]
    whole = Context(Patient(41, "F", False, ("amoxicillin/clavulanate",)))
    assert not any("allergy" in gap for gap in safety.check(whole, prescribed("x")).not_checked)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("isotretinoin", ("pregnancy.retinoid", "interrupt")),
        ("HYDROCHLOROTHIAZIDE-LISINOPRIL", ("pregnancy.raas", "interrupt")),
        ("warfarin sodium", ("pregnancy.warfarin", "interrupt")),
        ("divalproex sodium", ("pregnancy.valproate", "interrupt")),
        ("Ibuprofen", ("pregnancy.nsaid", "passive")),
        ("tretinoin topical", None),
        ("paracetamol", None),
    ],
)
def test_pregnancy(safety, new, expected) -> None:
    pregnant = Patient(30, "F", pregnant=True, allergies=())
    assert rules(asked(safety, new, patient=pregnant)) == ([expected] if expected else [])
    other = Patient(30, "F", pregnant=False, allergies=())
    assert not rules(asked(safety, new, patient=other))


@pytest.mark.parametrize(
    ("new", "age", "expected"),
    [
        ("aspirin", 15.9, "age.aspirin"),
        ("aspirin", 16, None),
        ("doxycycline", 7, "age.tetracycline"),
        ("doxycycline", 8, None),
        ("CODEINE-GUAIFENESIN", 11, "age.codeine"),
        ("ciprofloxacin", 17, "age.fluoroquinolone"),
        ("diphenhydramine", 65, "beers.antihistamine"),
        ("diphenhydramine", 64, None),
        ("glyburide", 80, "beers.sulfonylurea"),
    ],
)
def test_age(safety, new, age, expected) -> None:
    found = asked(safety, new, patient=Patient(age, "M", allergies=()))
    assert [a.rule for a in found.alerts] == ([expected] if expected else [])


@pytest.mark.parametrize("age", [None, float("nan"), -1, 1e9])
def test_an_age_that_is_none_is_told(safety, age) -> None:
    found = asked(safety, "aspirin", patient=Patient(age, "M", allergies=()))
    assert found.not_checked == ("not checked: age: the age is not known",)


def test_what_is_not_known_of_a_patient_is_told(safety) -> None:
    gaps = asked(safety, "aspirin", patient=Patient()).not_checked
    assert [g.split(":")[1].strip() for g in gaps] == ["allergy", "age", "pregnancy"]
    assert not asked(safety, "aspirin", patient=Patient(70, "F", allergies=())).not_checked


@pytest.mark.parametrize(
    ("new", "entered", "expected"),
    [
        ("ibuprofen", "naproxen", "duplicate.nsaid"),
        ("atorvastatin", "EZETIMIBE-SIMVASTATIN", "duplicate.statin"),
        ("lisinopril", "enalapril maleate", "duplicate.ace_inhibitor"),
        ("Acetaminophen", "ACETAMINOPHEN-HYDROCODONE", "duplicate.molecule"),
        ("ibuprofen", "aspirin", None),
        ("lisinopril", "losartan", None),
    ],
)
def test_duplicates(safety, new, entered, expected) -> None:
    found = asked(safety, new, entered)
    assert rules(found) == ([(expected, "passive")] if expected else [])


def test_pairs_inside_one_product_are_exempt(safety) -> None:
    both = "quinidine;dextromethorphan;amiodarone"
    assert not asked(safety, both).alerts
    assert not [a for a in asked(safety, "quinidine", both).alerts if a.kind is Kind.INTERACTION]
    assert rules(asked(safety, "quinidine", "amiodarone")) == [("onc.08", "interrupt")]


def test_an_organisation_suppresses_known_good_pairs_visibly(knowledge, tmp_path) -> None:
    path = tmp_path / "known_good.csv"
    path.write_text("kind,molecules,reason\ninteraction,Amiodarone|citalopram,ECG every week\n")
    safety = SafetyCheck(knowledge, Policy(suppressed=read_suppressions(path)))
    found = asked(safety, "citalopram", "amiodarone")
    assert not found.alerts
    assert [a.rule for a in found.suppressed] == ["onc.08"]
    assert asked(safety, "methadone", "amiodarone").alerts


def test_a_suppression_without_reason_is_refused(tmp_path) -> None:
    path = tmp_path / "known_good.csv"
    path.write_text("kind,molecules,reason\ninteraction,amiodarone|citalopram,\n")
    with pytest.raises(ContractError, match=r"known_good\.csv:2"):
        read_suppressions(path)


def test_tiers_are_set_by_role_and_the_rule_wins_over_the_kind(knowledge) -> None:
    tiers = {
        "pharmacist": {"duplicate": Tier.INTERRUPT},
        "*": {"interaction": Tier.PASSIVE, "onc.11": Tier.INTERRUPT},
    }
    safety = SafetyCheck(knowledge, Policy(tiers))
    assert rules(asked(safety, "ibuprofen", "naproxen", role="pharmacist"))[0][1] == "interrupt"
    assert rules(asked(safety, "ibuprofen", "naproxen", role="doctor"))[0][1] == "passive"
    assert rules(asked(safety, "methadone", "amiodarone")) == [("onc.08", "passive")]
    assert rules(asked(safety, "simvastatin", "amiodarone")) == [("onc.11", "interrupt")]


def test_candidates_are_greyed_with_the_reason_and_none_is_hidden(knowledge) -> None:
    safety = SafetyCheck(knowledge, Policy(never={"nimesulide": "not in this hospital"}))
    context = Context(ADULT, (prescribed("amiodarone"), prescribed("naproxen")))
    answer = safety.greyed(context, ["simvastatin", "Nimesulide", "ibuprofen", "amoxicillin", ""])
    assert {n: [a.rule for a in r] for n, r in answer.reasons.items()} == {
        "simvastatin": ["onc.11"],
        "Nimesulide": ["never.nimesulide"],
    }
    assert answer.reasons["Nimesulide"][0].text == "nimesulide: never: not in this hospital"
    assert answer.not_checked == ("not checked: '': its molecules are not known",)


def test_a_review_tells_each_pair_once(safety) -> None:
    medicines = tuple(prescribed(n) for n in ("citalopram", "amiodarone", "haloperidol"))
    found = safety.review(Context(ADULT, medicines))
    assert len([a for a in found.alerts if a.rule == "onc.08"]) == 3


def test_a_medicine_is_checked_against_thirty_in_fifty_microseconds(safety) -> None:
    listed = ["lisinopril", "metformin", "atorvastatin", "amlodipine", "sertraline", "warfarin"]
    context = Context(Patient(70, "F", allergies=("sulfa",)), tuple(map(prescribed, listed * 5)))
    new = prescribed("ciprofloxacin")
    # The best of many: other processes share the machine, and a slower one can only be slower.
    assert min(timeit.repeat(lambda: safety.check(context, new), number=10, repeat=50)) < 500e-6


names = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["amiodarone", "SIMVASTATIN", "ibuprofen;naproxen", "codeine-guaifenesin", "penicillin",
         "atazanavir", "omeprazole", "lisinopril", "erythromycin topical", "methadone"]
    ),
)  # fmt: skip
patients = st.builds(
    Patient,
    st.one_of(st.none(), st.floats()),
    st.one_of(st.none(), st.text(max_size=3), st.just("F")),
    st.one_of(st.none(), st.booleans()),
    st.one_of(st.none(), st.tuples(names, names)),
)


@settings(max_examples=200)
@given(patients, st.lists(names, max_size=5), names)
def test_no_text_raises_and_one_more_medicine_removes_no_alert(
    safety, patient, entered, new
) -> None:
    context = Context(patient, tuple(prescribed(n) for n in entered))
    before = safety.review(context)
    after = safety.review(context.with_medicine(prescribed(new)))
    assert set(before.alerts) <= set(after.alerts)
    assert set(before.not_checked) <= set(after.not_checked)
    added = safety.check(context, prescribed(new))
    assert set(added.alerts) | set(before.alerts) == set(after.alerts)
    safety.greyed(context, [new, *entered])


@given(st.lists(names, min_size=2, max_size=2))
def test_pairs_are_symmetric(safety, both) -> None:
    left, right = (prescribed(n) for n in both)
    one = safety.check(Context(ADULT, (left,)), right).alerts
    other = safety.check(Context(ADULT, (right,)), left).alerts
    pairs = {Kind.INTERACTION, Kind.DUPLICATE}
    assert {a for a in one if a.kind in pairs} == {a for a in other if a.kind in pairs}


def test_an_empty_table_has_no_pair() -> None:
    assert Interactions().rules("a", "b") == ()
    assert Suppression(frozenset({"a"}), Kind.AGE, "x").reason == "x"
