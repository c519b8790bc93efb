"""The assistant: one answer with suggestions for every field, and a memory that follows at once."""

from __future__ import annotations

import gc
import logging
import threading
import time
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from perdure.kernel.discovery import solution as named
from perdure.kernel.errors import NotEnoughData, PerdureError, UsageError
from perdure.platform.inference.predictor import open_model
from perdure.platform.registry.registry import ModelVersion, Registry, model_name
from perdure.platform.storage.journal import Journal, newest_sequence
from perdure.platform.storage.project import Project
from perdure.solutions.prescription.engine.desk import Desk, Picked
from perdure.solutions.prescription.engine.fields import SERVED
from perdure.solutions.prescription.engine.frames import months_of
from perdure.solutions.prescription.engine.rules import Rules
from perdure.solutions.prescription.engine.vocabulary import Vocabulary, category
from perdure.solutions.prescription.finding import Finding
from perdure.solutions.prescription.guarding import Guarding
from perdure.solutions.prescription.memory import ALIAS, TERM, Memory, saved_id
from perdure.solutions.prescription.names import Names, list_of, new_term, section_of
from perdure.solutions.prescription.opening import catch_up, opened_desk
from perdure.solutions.prescription.prescription import (
    SECTIONS,
    Entry,
    Prescription,
    Section,
    Suggestion,
    Suggestions,
)
from perdure.solutions.prescription.reasons import Telling, probabilities
from perdure.solutions.prescription.service import (
    ALERT,
    Checked,
    Entries,
    Found,
    HabitWord,
    Outcome,
    Role,
    Saved,
)
from perdure.solutions.prescription.settings import PrescriptionSettings

_LOG = logging.getLogger("perdure.prescription")
NEVER = "you said: never"
MOST_TEMPLATES = 100
"""Templates of one doctor: more are found no faster than the entries themselves."""
FOLLOW_SECONDS = 5.0
"""How long a new champion may wait until it is noticed."""
LISTEN_SECONDS = 1.0
"""How long what another process kept may wait until it counts here."""


@dataclass(slots=True)
class _Served:
    """The champion at work, and which version it is."""

    desk: Desk
    reference: str


class Assistant:
    """The service behind API and pad; every method may be called from several threads.

    Without a champion everything but suggestions works: the pad stays a form that saves.
    """

    def __init__(self, project: Project, settings: PrescriptionSettings, case: str) -> None:
        self._project, self._settings, self._case = project, settings, case
        self._solution = named("prescription")
        self._journal = Journal(project, self._solution.name, case)
        self._memory = Memory(self._journal)
        self._turn, self._opening = threading.Lock(), threading.Lock()
        self._listening = threading.Lock()
        self._looked = self._heard = time.monotonic()
        self._until = newest_sequence(project, self._solution.name)
        self._names, self._served = self._open()
        self._rules = self._memory.rules()
        self._aliases = self._memory.aliases()
        self._finding = Finding(project, case, self._names)
        self._guarding = Guarding(settings, self._names)
        _settle()

    def suggest(self, written: Prescription, *, pills: int | None = None) -> Suggestions:
        """Pills for every field; what was shown is on disk before it is answered.

        Raises NotEnoughData when no model is in service.
        """
        self._follow()
        self._listen()
        served = self._ready()
        known = self._known(written)
        picked = served.desk.pick(
            known, months_of(self._project.clock.now()), pills or self._settings.pad.pills,
            self._rules.get(written.doctor),
        )  # fmt: skip
        terms = served.desk.engine.terms
        fields = {name: self._pills(found, known, terms) for name, found in picked.items()}
        made = Suggestions(fields, served.reference, written.completeness, uuid.uuid4().hex)
        self._memory.show(known, made)
        return made

    def save(self, written: Prescription, *, key: str, actor: str) -> Saved:
        """Keep a prescription; the doctor's next suggestions know it."""
        if not written.doctor.strip():
            raise UsageError("a prescription without a doctor cannot be kept")
        known = self._known(written)
        kept = self._memory.save(known, key, actor)
        if not kept.repeated and self._served is not None:
            self._served.desk.remember(known, months_of(kept.at), saved_id(kept))
        return Saved(saved_id(kept), kept.at, kept.repeated)

    def take(
        self, suggestions_id: str, outcome: Outcome, field: str, code: str, *, by: str, key: str,
        instead: str = "", note: str = "",
    ) -> bool:  # fmt: skip
        """What was done with a pill, or with a warning (field "alert"); True when that was new."""
        shown = self._journal.kept(f"shown:{suggestions_id}")
        if field != ALERT and shown is None:
            raise UsageError("no suggestions of that id were shown", where=suggestions_id[:80])
        if field not in {*SERVED, ALERT}:
            raise UsageError(f"no field {field[:40]!r}", expected=", ".join((*SERVED, ALERT)))
        body = {"suggestions": suggestions_id, "outcome": outcome, "field": field, "code": code,
                "instead": instead, "note": note}  # fmt: skip
        return self._memory.take(key, by, body)

    def warned(self, cards: Mapping[str, Collection[str]], *, doctor: str) -> None:
        """Keep the rules that cards of warnings told, so that what becomes of them is known."""
        if cards:
            self._memory.warn(cards, doctor)

    def shown(self, shown_id: str) -> Mapping[str, Collection[str]] | None:
        """What was shown under an id, by field; None when nothing was."""
        return self._memory.shown(shown_id)

    def say(
        self, doctor: str, molecule: str, word: HabitWord, *, diagnosis: str = "", key: str
    ) -> bool:
        """A doctor's always, sometimes or never; it counts from the next suggestion on."""
        scope = category(diagnosis) if diagnosis else ""
        told = {"molecule": molecule, "word": word, "diagnosis": scope}
        new = self._memory.say(key, doctor, told)
        if new:
            with self._turn:
                before = self._rules.get(doctor, Rules({})).said
                self._rules[doctor] = Rules({**before, (scope, molecule): word})
        return new

    def search(
        self, text: str, section: Section, *, doctor: str = "", limit: int = 10
    ) -> list[Found]:
        """Terms for what is typed so far; a merged term leads to what it stands for."""
        found: dict[str, Found] = {}
        for hit in self._finding.search(text, section_of(section), limit):
            shown = self._shown(hit)
            found.setdefault(shown.code, shown)
        mine = self._served.desk.entered(doctor, list_of(section)) if self._served else {}
        # What the doctor enters most comes first among equals; the order is stable otherwise.
        return sorted(found.values(), key=lambda hit: -min(mine.get(hit.code, 0), 3))

    def add_term(self, section: Section, name: str, *, by: str, key: str) -> Entry:
        """A term that no list has: findable, and suggestible once it was entered, at once."""
        entry = new_term(section, name)
        self._memory.term(
            TERM, key, by, {"section": section, "code": entry.code, "name": entry.name}
        )
        self._learn_term(section, entry.code, entry.name)
        self._finding.add(section, entry.code, entry.name)
        return entry

    def templates(self, doctor: str) -> Mapping[str, Entries]:
        """A doctor's named sets of entries, whichever browser kept them."""
        return self._memory.templates(doctor)

    def keep_template(self, doctor: str, name: str, entries: Entries, *, key: str) -> bool:
        """Keep a set of entries under a name; without entries it is forgotten.

        Raises UsageError when the doctor has too many.
        """
        known = self._memory.templates(doctor)
        if entries and name not in known and len(known) >= MOST_TEMPLATES:
            raise UsageError(f"there are {MOST_TEMPLATES} templates already", where=doctor[:60])
        return self._memory.template(doctor, name, entries, key)

    def alias(self, section: Section, code: str, alias_of: str, *, by: str, key: str) -> None:
        """A curator merges a term into another one; what is saved from now on holds the latter.

        Raises UsageError for an unknown term, and for two that would stand for each other.
        """
        field = list_of(section_of(section))
        for wanted in (code, alias_of):
            if not self._names.has(field, wanted):
                raise UsageError(f"no {section} {wanted[:60]!r}")
        if code in self._merges(section, alias_of):
            raise UsageError("a term cannot stand for itself", where=alias_of[:60])
        body = {"section": section, "code": code, "alias_of": alias_of}
        self._memory.term(ALIAS, key, by, body)
        with self._turn:
            self._aliases = {**self._aliases, (section, code): alias_of}
        self._finding.alias(section, code, self._names.of(field, code), alias_of)

    def check(self, written: Prescription, adding: str = "", role: Role = "doctor") -> Checked:
        """Alerts about what is entered, or about one more molecule; and what was not checked."""
        return self._guarding.check(written, adding, role)

    def codes(self, section: Section) -> Collection[str]:
        """The codes that the section's list holds."""
        return self._names.codes(list_of(section_of(section)))

    def close(self) -> None:
        """Commit what waits."""
        self._journal.close()
        gc.unfreeze()

    def _open(self) -> tuple[Names, _Served | None]:
        champion = self._champion()
        engine = None
        if champion is not None:
            model: Any = open_model(self._project, self._solution, champion.reference).predictor
            engine = model.engine
        names, desk = opened_desk(self._project, engine, self._memory)
        return names, _Served(desk, champion.reference) if desk and champion else None

    def _champion(self) -> ModelVersion | None:
        return Registry(self._project).champion(model_name(self._solution.name, self._case))

    def _follow(self) -> None:
        """Notice a promotion or a rollback; one caller opens the model, the others go on."""
        if time.monotonic() - self._looked < FOLLOW_SECONDS or not self._opening.acquire(False):
            return
        try:
            self._looked = time.monotonic()
            champion, served = self._champion(), self._served
            if champion is not None and (served is None or served.reference != champion.reference):
                self._change_over()
        except PerdureError as error:
            if self._served is None:
                raise
            _LOG.warning("the new champion cannot be opened, the old one goes on: %s", error)
        finally:
            self._opening.release()

    def _listen(self) -> None:
        """Take in what other processes kept: prescriptions, rules, terms and merges."""
        if time.monotonic() - self._heard < LISTEN_SECONDS or not self._listening.acquire(False):
            return
        try:
            self._heard = time.monotonic()
            if (newest := newest_sequence(self._project, self._solution.name)) > self._until:
                self._take_in(self._until)
                self._until = newest
        finally:
            self._listening.release()

    def _take_in(self, since: int) -> None:
        for body in self._memory.terms(since):
            if not self._names.has(list_of(body["section"]), body["code"]):
                self._learn_term(body["section"], body["code"], body["name"])
        rules, aliases = self._memory.rules(since), self._memory.aliases(since)
        with self._turn:
            for doctor, told in rules.items():
                before = self._rules.get(doctor, Rules({})).said
                self._rules[doctor] = Rules({**before, **told.said})
            self._aliases = {**self._aliases, **aliases}
        if self._served is not None:
            catch_up(self._served.desk, self._memory)

    def _change_over(self) -> None:
        names, served = self._open()
        finding = Finding(self._project, self._case, names)
        self._names, self._finding = names, finding
        self._guarding, self._served = Guarding(self._settings, names), served
        if served is not None:
            # What was saved while the model was opened went to the old desk.
            catch_up(served.desk, self._memory)
        _settle()

    def _ready(self) -> _Served:
        if self._served is None:
            raise NotEnoughData(
                "no model is in service, so nothing can be suggested; saving works",
                hint="perdure run prescription",
            )
        return self._served

    def _known(self, written: Prescription) -> Prescription:
        """The same with merged terms replaced, and molecules of brands filled in."""
        entries = {
            section: tuple(self._entry(section, e) for e in written.of(section))
            for section in SECTIONS
        }
        return replace(written, entries=entries)

    def _entry(self, section: Section, entry: Entry) -> Entry:
        code = self._stands_for(section, entry.code)
        name = entry.name or self._names.of(list_of(section), code)
        molecule = entry.molecule
        if section == "medicine" and not molecule and self._served is not None:
            molecule = self._served.desk.engine.terms.molecule_of.get(code, "")
        return Entry(code, name, molecule, entry.new)

    def _pills(
        self, found: Picked, written: Prescription, terms: Vocabulary
    ) -> tuple[Suggestion, ...]:
        """In the terms of the desk that picked them: another model may be in service by now."""
        raw = [terms.terms[found.field][item] for item in found.item.tolist()]
        codes = self._unmerged(found.field, raw, written)
        molecules = _molecules(found.field, codes, terms)
        rows = zip(
            codes, molecules, found.raw.tolist(), probabilities(found.raw),
            Telling(found, written, self._names.of).parts(),
            self._greyed(molecules, written), strict=True,
        )  # fmt: skip
        name = self._names.of
        return tuple(
            Suggestion(
                code, name(found.field, code), chance, raw, found.base, parts, molecule, grey,
                name("molecule", molecule) if molecule else "",
            )
            for code, molecule, raw, chance, parts, grey in rows
            if code
        )  # fmt: skip

    def _unmerged(self, field: str, codes: list[str], written: Prescription) -> list[str]:
        """What merged terms stand for, each once; nothing where it is shown or entered already."""
        section = "medicine" if field == "brand" else field
        if not any((section, code) in self._aliases for code in codes):
            return codes  # molecules are never merged: their section is that of the brands
        entered = {entry.code for entry in written.of(section_of(section))}
        stand = [self._stands_for(section, code) for code in codes]
        taken = {code for code, same in zip(codes, stand, strict=True) if code == same} | entered
        made = []
        for code, same in zip(codes, stand, strict=True):
            made.append(code if code == same else "" if same in taken else same)
            taken.add(same)
        return made

    def _greyed(self, molecules: list[str], written: Prescription) -> list[str]:
        """Why each medicine is not offered, in words; what is none has no molecule here."""
        if not any(molecules):
            return [""] * len(molecules)
        rules = self._rules.get(written.doctor)
        here = frozenset(category(e.code) for e in written.of("diagnosis"))
        never = [bool(rules and rules.of(m, here) == "never") for m in molecules]
        unsafe = self._guarding.greyed(written, molecules)
        return [NEVER if no else unsafe.get(m, "") for no, m in zip(never, molecules, strict=True)]

    def _learn_term(self, section: str, code: str, name: str) -> None:
        self._names.add(list_of(section), code, name)
        if self._served is not None:
            self._served.desk.learn_terms({list_of(section): [code]})

    def _stands_for(self, section: str, code: str) -> str:
        """What a merged term leads to, over any number of merges."""
        return self._merges(section, code)[-1]

    def _merges(self, section: str, code: str) -> list[str]:
        """The term and all that it leads to, one merge after the other."""
        found, aliases = [code], self._aliases
        while (code := aliases.get((section, code), "")) and code not in found:
            found.append(code)
        return found

    def _shown(self, hit: Found) -> Found:
        code = self._stands_for(hit.section, hit.code)
        if code == hit.code:
            return hit
        return replace(hit, code=code, name=self._names.of(list_of(hit.section), code))


def _molecules(field: str, codes: list[str], terms: Vocabulary) -> list[str]:
    """The molecule of each medicine; nothing for what is none."""
    if field == "brand":
        return [terms.molecule_of.get(code, "") for code in codes]
    return codes if field == "molecule" else [""] * len(codes)


def _settle() -> None:
    """Keep the collector from walking names and histories, which stay: each walk is a long wait."""
    gc.collect()
    gc.freeze()


def open_assistant(project: Project, settings: PrescriptionSettings, case: str) -> Assistant:
    """The service of one case; the manifest names this function."""
    return Assistant(project, settings, case)
