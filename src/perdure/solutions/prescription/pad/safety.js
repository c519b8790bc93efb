// Warnings: a loud one stops until it is answered with a reason; a quiet one stands beside.
const rx = (globalThis.rx ??= {});

const LEAST_REASON = 3;
const about = (alert) => `${alert.rule}|${[...alert.molecules].sort().join("+")}`;
const source = (alert) => `${alert.source}${alert.dated ? `, ${alert.dated}` : ""} · rule ${alert.rule}`;
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

rx.Safety = class Safety {
  constructor(pad, element) {
    this.pad = pad;
    this.element = element;
    this.alerts = [];
    this.answered = new Map();
    this.stop = element.querySelector("[data-stop]");
    this.reason = element.querySelector("[data-stop-reason]");
    element.querySelector("[data-stop-out]").addEventListener("click", () => this.out());
    element.querySelector("[data-stop-keep]").addEventListener("click", () => this.keep());
    this.stop.addEventListener("keydown", (event) => this.key(event));
  }

  get open() { return this.alerts.filter((alert) => alert.tier === "interrupt" && !this.answered.has(about(alert))); }

  // Nothing is entered, so nothing is to be checked.
  rest() {
    this.pad.lines.check.forget();
    this.use({ alerts: [], not_checked: [] });
    this.element.querySelector("[data-safety-word]").textContent = "nothing to check yet";
  }

  use(answer) {
    this.alerts = answer.alerts;
    const live = new Set(this.alerts.map(about));
    for (const key of this.answered.keys()) if (!live.has(key)) this.answered.delete(key);
    this.unchecked(answer.not_checked);
    this.show();
    this.ask();
  }

  // A check that does not answer is a missing check.
  fail(error) {
    this.alerts = this.alerts.filter((alert) => alert.tier === "interrupt");
    this.unchecked([`not checked: anything at all, because the check does not answer (${error.message})`]);
    this.show();
  }

  unchecked(lines) {
    const place = this.element.querySelector("[data-unchecked]");
    place.hidden = lines.length === 0;
    place.replaceChildren(...lines.map((line) => rx.node("strong", "", capital(line))));
    this.missing = lines.length;
  }

  show() {
    const list = this.element.querySelector("[data-alerts]");
    const [asked] = this.open;
    list.replaceChildren(...this.alerts.filter((alert) => alert !== asked).map((alert) => this.line(alert)));
    const none = this.missing ? "no answer is no all-clear" : "no warning in the tables that were looked at";
    const n = this.alerts.length;
    this.element.querySelector("[data-safety-word]").textContent = n ? `${n} ${n === 1 ? "warning" : "warnings"}` : none;
  }

  line(alert) {
    const why = this.answered.get(about(alert));
    const line = rx.node("li", "rx-alert", rx.node("p", "", rx.node("strong", "", `${capital(alert.kind)}. `), alert.text), rx.node("p", "rx-source", source(alert)));
    line.dataset.tier = alert.tier;
    if (why) line.append(rx.node("p", "rx-kept", `Kept: ${why}`));
    return line;
  }

  // The tier of the loudest warning about an entry; empty when there is none.
  about(entry) {
    const names = [entry.molecule, this.pad.molecule(entry), entry.name].filter(Boolean).map((n) => n.toLowerCase());
    const found = this.alerts.filter((alert) => alert.molecules.some((m) => names.includes(m.toLowerCase())));
    return found.some((a) => a.tier === "interrupt") ? "interrupt" : found.length ? "passive" : "";
  }

  // Shows the next stop, or takes the stop away when all are answered.
  ask() {
    const [alert] = this.open;
    this.asked = alert;
    const before = this.stop.hidden;
    this.stop.hidden = !alert;
    if (!alert) return;
    this.culprit = this.pad.latestMedicine(alert);
    const name = this.culprit?.name ?? "the last medicine";
    this.stop.querySelector("[data-stop-title]").textContent = `Stop: ${alert.kind}`;
    this.stop.querySelector("[data-stop-text]").textContent = alert.text;
    this.stop.querySelector("[data-stop-source]").textContent = source(alert);
    this.stop.querySelector("[data-stop-out]").textContent = `Take out ${name}`;
    this.reason.value = "";
    this.reason.removeAttribute("aria-invalid");
    // The box, not a button in it: a key that was on its way must not answer.
    if (before) this.stop.focus();
  }

  key(event) {
    if (event.key === "Escape") this.out();
    else if (event.key === "Enter" && event.target === this.reason) this.keep();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  out() {
    const medicine = this.pad.sections.medicine;
    this.stop.hidden = true;
    this.pad.answer("accepted", this.asked);
    medicine.remove(medicine.entries.indexOf(this.culprit));
    medicine.input.focus();
  }

  keep() {
    const why = this.reason.value.trim();
    if (why.length < LEAST_REASON) {
      this.reason.setAttribute("aria-invalid", "true");
      this.pad.say("A reason is needed to keep it");
      return this.reason.focus();
    }
    this.answered.set(about(this.asked), why);
    this.pad.kept(this.asked, this.culprit, why);
    this.show();
    this.ask();
    if (this.stop.hidden) this.pad.sections.medicine.input.focus();
  }
};
