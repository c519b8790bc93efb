// The pad: what is written, the suggestions for it, the safety check, and saving.
const rx = (globalThis.rx ??= {});

const LISTS = { medicine: ["brand", "medicine", "molecule"] };
const REMEMBERED = "perdure.prescription.doctor";
const PATIENCE = 120;
const SLOW = 1500;
const WAITING = "Suggestions are on their way; entering works meanwhile.";
const CODE = /^[a-z]?\d+$/i;
const RETRY = 3000;
const clock = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

class Pad extends HTMLElement {
  connectedCallback() {
    this.base = { api: this.dataset.api, case: this.dataset.case };
    this.form = this.querySelector("[data-form]");
    this.molecules = new Map();
    this.failing = new Map();
    this.setAside = new Set();
    this.lines = {
      suggest: new rx.Line((body, request) => rx.post(this.base, "/suggest", { ...body, request })),
      search: new rx.Line((body, request) => rx.post(this.base, "/search", { ...body, request })),
      check: new rx.Line((body) => rx.post(this.base, "/check", body)),
    };
    this.safety = new rx.Safety(this, this.querySelector("[data-safety]"));
    this.sections = {};
    for (const element of this.querySelectorAll("[data-section]")) this.sections[element.dataset.section] = new rx.Section(this, element);
    this.listen();
    this.recall();
    this.fresh();
    this.dataset.ready = "";
    this.form.noValidate = true;
    this.querySelector("[data-save]").disabled = false;
  }

  get all() { return Object.values(this.sections); }
  get doctor() { return this.form.elements.doctor.value.trim(); }
  get dirty() { return this.changes > 0; }

  listen() {
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.save(); });
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("click", (event) => {
      if (event.detail) this.dataset.clicks = Number(this.dataset.clicks) + 1;
      if (!event.target.closest(".rx-place")) for (const section of this.all) section.close();
    }, true);
    this.addEventListener("change", (event) => {
      if (event.target.matches("[data-told], [data-notes]")) this.told(event.target);
    });
    this.querySelector("[data-notes]").addEventListener("input", () => this.touch());
    this.querySelector("[data-new]").addEventListener("click", () => this.another());
    addEventListener("beforeunload", (event) => { if (this.dirty) event.preventDefault(); });
  }

  // The doctor and the specialty stay chosen in this browser; nothing of a patient does.
  recall() {
    try {
      const kept = JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}");
      for (const name of ["doctor", "specialty"]) this.form.elements[name].value ||= kept[name] ?? "";
    } catch { /* A browser that keeps nothing asks again. */ }
  }

  remember() {
    const { doctor, specialty } = this.form.elements;
    try {
      localStorage.setItem(REMEMBERED, JSON.stringify({ doctor: doctor.value, specialty: specialty.value }));
    } catch { /* Nothing depends on it. */ }
  }

  // An empty prescription for the same doctor.
  fresh() {
    const { doctor, specialty } = this.form.elements;
    const kept = [doctor.value, specialty.value];
    this.form.reset();
    [doctor.value, specialty.value] = kept;
    Object.assign(this.dataset, { keys: 0, clicks: 0 });
    this.draft = rx.id();
    this.changes = 0;
    this.setAside.clear();
    this.safety.answered.clear();
    this.safety.rest();
    for (const section of this.all) { section.entries = []; section.input.value = ""; section.draw(); }
    this.querySelector("[data-print-link]").hidden = true;
    this.state("");
    this.shownTemplates();
    this.ask();
    (this.doctor ? this.sections.complaint.input : doctor).focus();
  }

  shownTemplates() { this.querySelector("rx-templates").show(); }

  another() {
    if (this.dirty && !this.discarding) {
      this.discarding = true;
      return this.state("Not saved. Press again to throw this prescription away.", "watch");
    }
    this.fresh();
  }

  key(event) {
    if (!["Shift", "Control", "Alt", "Meta"].includes(event.key)) this.dataset.keys = Number(this.dataset.keys) + 1;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.save();
    } else if (event.altKey && event.code === "KeyN") {
      event.preventDefault();
      this.another();
    } else if (event.key === "Enter" && event.target.matches("[data-told]")) event.preventDefault();
  }

  told(field) {
    if (field.name === "doctor" || field.name === "specialty") this.remember();
    if (field.name === "doctor") this.shownTemplates();
    if (field.name === "age") field.setAttribute("aria-invalid", String(!field.validity.valid));
    this.changed("");
  }

  // What is written, as the assistant takes it.
  written() {
    const { specialty, age, sex, pregnant, allergies, notes } = this.form.elements;
    const entries = Object.fromEntries(this.all.map((section) => [section.name, section.entries]));
    return {
      doctor: this.doctor,
      specialty: specialty.value.trim(),
      patient: {
        age: age.value !== "" && age.validity.valid ? age.valueAsNumber : null,
        sex: sex.value,
        pregnant: { yes: true, no: false }[pregnant.value] ?? null,
        allergies: allergies.value.split(",").map((text) => text.trim().slice(0, 200)).filter(Boolean).slice(0, 200),
      },
      entries,
      notes: notes.value,
    };
  }

  entered(section, pill) {
    if (pill?.shown) this.feedback("accepted", section, pill);
    this.changed(`${section.entries.at(-1).name} entered`);
  }

  touch() {
    this.changes += 1;
    this.discarding = false;
    if (this.stored) { this.draft = rx.id(); this.stored = false; this.state("Changed after saving: saving again keeps a second one.", "watch"); }
  }

  changed(text) {
    this.touch();
    this.news = text;
    this.say(text);
    this.filled();
    this.ask();
  }

  // Suggestions and warnings for what is written now.
  ask() {
    if (!this.doctor) return this.warn("doctor", "Name the doctor first: suggestions and saving need it.");
    this.warn("doctor", "");
    const written = this.written();
    this.due = written;
    clearTimeout(this.slow);
    this.slow = setTimeout(() => this.state(WAITING), SLOW);
    const pills = this.sections.complaint.places.length;
    this.lines.suggest.ask({ written, pills }, (answer) => this.use(answer), (error) => this.paused(error)).then(() => this.check());
    setTimeout(() => this.check(), PATIENCE);
  }

  // The check waits for the pills, which a doctor waits for, but never long.
  check() {
    const written = this.due;
    this.due = null;
    if (!written) return;
    if (!Object.values(written.entries).some((found) => found.length)) return this.safety.rest();
    this.lines.check.ask({ written }, (answer) => this.checked(answer), (error) => this.safety.fail(error));
  }

  use(answer) {
    this.answered();
    this.warn("suggest", "");
    this.shownId = answer.id;
    this.dataset.model = answer.model;
    for (const pill of answer.fields.molecule ?? []) this.molecules.set(pill.code, pill.name);
    for (const pill of answer.fields.brand ?? []) if (pill.molecule_name) this.molecules.set(pill.molecule, pill.molecule_name);
    for (const section of this.all) {
      const field = (LISTS[section.name] ?? [section.name]).find((name) => answer.fields[name]?.length);
      section.pills = (answer.fields[field] ?? [])
        .filter((pill) => !this.setAside.has(`${section.name}|${pill.code}`))
        .map((pill) => ({ ...pill, field, shown: answer.id }));
      section.show();
    }
    this.dataset.answers = Number(this.dataset.answers ?? 0) + 1;
    const [first] = this.current?.shown ?? [];
    if (this.news && first) this.say(`${this.news}. First suggestion for ${this.current.title}: ${first.name}`);
  }

  answered() {
    clearTimeout(this.slow);
    if (this.querySelector("[data-state]").textContent === WAITING) this.state("");
  }

  // What does not answer at all may answer later; a refusal stays one until something changes.
  paused(error) {
    this.answered();
    if (!(error instanceof rx.Refused)) setTimeout(() => this.failing.has("suggest") && this.ask(), RETRY);
    this.shownId = "";
    for (const section of this.all) { section.pills = []; section.show(); }
    const why = error instanceof rx.Refused ? error.message : "the assistant does not answer";
    this.warn("suggest", `Suggestions are paused: ${why}. Typing, entering and saving work as before.`);
  }

  checked(answer) {
    this.safety.use(answer);
    this.sections.medicine.list.replaceChildren(...this.sections.medicine.entries.map((e, i) => this.sections.medicine.chip(e, i)));
  }

  search(section) {
    const text = section.typed;
    const asked = { text, section: section.name, doctor: this.doctor, limit: section.places.length + section.entries.length };
    this.lines.search.ask(asked, (answer) => {
      this.warn("search", "");
      section.takeHits(answer.hits, text);
    }, () => {
      this.warn("search", "Search does not answer: what you type is taken as it stands.");
      section.takeHits([], text);
    });
  }

  // A term in the doctor's own words; without the list it is entered all the same.
  async addTerm(section, name, entry = section.add({ code: `new:${name.toLowerCase()}`.slice(0, 200), name })) {
    const body = { section: section.name, name, by: this.doctor || "unnamed", key: rx.id() };
    try {
      const term = await rx.post(this.base, "/terms", body);
      if (term.code !== entry.code || term.molecule) section.settle(entry, term);
    } catch {
      this.say(`${name} is entered here; the list of terms did not take it`);
    }
  }

  // Entered before the search answered: the very name, or the only hit, gives it its code.
  async nameLater(section, name) {
    const entry = section.add({ code: `new:${name.toLowerCase()}`.slice(0, 200), name });
    const asked = { text: name, section: section.name, doctor: this.doctor, limit: 10 };
    const { hits } = await rx.post(this.base, "/search", asked).catch(() => ({ hits: [] }));
    const term = hits.find((hit) => rx.same(hit.name, name)) ?? (hits.length === 1 ? hits[0] : null);
    if (term) section.settle(entry, term);
    else if (!hits.length) await this.addTerm(section, name, entry);
  }

  feedback(said, section, pill) {
    const body = { said, by: this.doctor, key: `${pill.shown}:${pill.field}:${pill.code}:${said}`.slice(0, 128), suggestions: pill.shown, field: pill.field, code: pill.code };
    // Later than what the doctor waits for.
    setTimeout(() => rx.post(this.base, "/feedback", body).catch(() => this.untold()), PATIENCE);
  }

  ignore(section, pill) {
    this.setAside.add(`${section.name}|${pill.code}`);
    if (pill.shown) this.feedback("ignored", section, pill);
    section.pills = section.pills.filter((other) => other.code !== pill.code);
    section.show();
    this.tell(`${pill.name} is set aside for this prescription.`);
  }

  // Always, sometimes or never: for this doctor, and for the first diagnosis when there is one.
  async habit(pill, said) {
    const body = { said, by: this.doctor, key: rx.id(), molecule: pill.molecule, diagnosis: this.sections.diagnosis.entries[0]?.code ?? "" };
    try {
      await rx.post(this.base, "/feedback", body);
      this.tell(`Kept: you use ${this.molecule(pill) || pill.name} ${said}${body.diagnosis ? ` with ${this.diagnosis()}` : ""}.`);
      this.ask();
    } catch (error) {
      this.tell(`That was not kept: ${error.message}`);
    }
  }

  molecule(item) {
    if (!item?.molecule) return "";
    const name = this.molecules.get(item.molecule) ?? item.molecule;
    if (CODE.test(name)) return "";
    return name.toLowerCase() === (item.name ?? "").toLowerCase() ? "" : name;
  }

  diagnosis() { return this.sections.diagnosis.entries[0]?.name ?? ""; }

  latestMedicine(alert) {
    const names = alert.molecules.map((name) => name.toLowerCase());
    const entries = this.sections.medicine.entries;
    return entries.findLast((e) => [e.molecule, this.molecule(e), e.name].some((n) => n && names.includes(n.toLowerCase()))) ?? entries.at(-1);
  }

  // The reason stands in the notes, where it is saved, printed, and can be worded better.
  kept(alert, culprit, why) {
    const notes = this.form.elements.notes;
    const line = `Kept${culprit ? ` ${culprit.name}` : ""} in spite of the warning “${alert.text}” (${alert.source}): ${why}`;
    notes.value = [notes.value.trimEnd(), line].filter(Boolean).join("\n");
    this.answer("ignored", alert, why);
    this.changed("Kept, with a reason in the notes");
  }

  // What was done with a loud warning; how often they are overridden is watched.
  answer(said, alert, note = "") {
    const body = { said, by: this.doctor, key: `${this.draft}:${alert.rule}:${said}`.slice(0, 128), suggestions: this.shownId || this.draft, field: "alert", code: alert.rule, note };
    rx.post(this.base, "/feedback", body).catch(() => this.untold());
  }

  untold() { this.dataset.untold = Number(this.dataset.untold ?? 0) + 1; }

  templateEntries() {
    return Object.fromEntries(this.all.filter((s) => s.entries.length).map((s) => [s.name, s.entries]));
  }

  insert(entries, name) {
    for (const section of this.all) {
      const known = new Set(section.entries.map((entry) => entry.code));
      section.entries.push(...(entries[section.name] ?? []).filter((entry) => !known.has(entry.code)));
      section.draw();
    }
    this.changed(`Template ${name} inserted`);
  }

  filled() {
    const empty = this.all.filter((section) => !section.entries.length).map((section) => section.title.toLowerCase());
    const n = this.all.length - empty.length;
    const text = empty.length ? `${n} of ${this.all.length} sections filled. Still empty: ${empty.join(", ")}.` : "All sections are filled.";
    this.querySelector("[data-summary]").textContent = text;
  }

  // What keeps the prescription from being saved, and where to mend it.
  problem() {
    if (!this.doctor) return ["Name the doctor first.", this.form.elements.doctor];
    if (!this.form.elements.age.validity.valid) return ["The age is a whole number of years, 0 to 120.", this.form.elements.age];
    if (this.safety.open.length) return ["Answer the warning first: take it out, or keep it with a reason.", this.safety.stop];
    const typed = this.all.find((section) => section.typed);
    if (typed) return [`“${typed.typed}” is typed but not entered. Enter takes it, Esc clears it.`, typed.input];
    return null;
  }

  async save() {
    this.check();
    await this.lines.check.running;
    const [problem, place] = this.problem() ?? [];
    if (problem) { place.focus(); return this.state(problem, "watch"); }
    if (this.saving) return;
    this.saving = true;
    const before = this.changes;
    this.state("Saving…");
    try {
      const saved = await rx.post(this.base, "/prescriptions", { written: this.written(), key: this.draft, actor: this.doctor });
      if (this.changes === before) this.changes = 0;
      this.done(saved);
    } catch (error) {
      const why = error instanceof rx.Refused ? error.message : "The server does not answer";
      this.state(`Not saved. ${why}. Nothing is lost here: save again.`, "alarm");
    } finally {
      this.saving = false;
    }
  }

  done(saved) {
    this.stored = true;
    const link = this.querySelector("[data-print-link]");
    link.href = `${this.dataset.print}?id=${encodeURIComponent(saved.id)}`;
    link.hidden = false;
    const effort = `${this.dataset.keys} keys, ${this.dataset.clicks} clicks`;
    this.state(`Saved at ${clock()} as ${saved.id} (${effort}).`, "ok");
    this.ask();
  }

  state(text, level = "") {
    const place = this.querySelector("[data-state]");
    place.textContent = text;
    place.dataset.level = level;
  }

  tell(text) { this.state(text); }
  say(text) { this.querySelector("[data-live]").textContent = text; }

  // One loud line for all that does not work.
  warn(what, text) {
    if (text) this.failing.set(what, text);
    else this.failing.delete(what);
    const line = this.querySelector("[data-down]");
    const words = [...this.failing.values()].join(" ");
    line.hidden = !words;
    const place = line.querySelector("[data-down-text]");
    if (place.textContent !== words) place.textContent = words;
  }
}

customElements.define("rx-pad", Pad);
