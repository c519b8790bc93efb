// Redraws the map from planned tables when a choice or a slider moves; no request is made then.
const ACTIONS = ["none", "sms", "email", "incentive"];
const LETTERS = { none: "·", sms: "S", email: "E", incentive: "I", deferred: "–", off: "" };
const WORDS = { none: "Leave alone", sms: "SMS", email: "E-mail", incentive: "Incentive", deferred: "may not give yet", off: "cannot be" };
const IMPOSSIBLE = 255;

const share = (value) => `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`;
const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
const FORMS = { gain: signed, contacts: (value) => value.toFixed(2), opted_out: share, now: share };
const times = (value) => (value === 1 ? "as believed" : `${value} times`);

class PolicyMap extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.cells = [...this.querySelectorAll("[data-map] tbody tr")].map((row) => [...row.querySelectorAll("td")]);
    this.recency = [...this.querySelectorAll("[data-map] tbody th")].map((head) => Number(head.textContent));
    this.titles = this.cells.map((row) => row.map((cell) => cell.title));
    this.served = new URLSearchParams(new FormData(this.form)).toString();
    this.levers = Object.fromEntries([...this.querySelectorAll("[type=range]")].map((input) => [input.name, input]));
    this.querySelector("[data-levers]").hidden = false;
    this.say("Planning the tables for the sliders; this takes about ten seconds the first time.");
    this.form.addEventListener("change", () => (this.tables ? this.draw() : this.form.requestSubmit()));
    this.addEventListener("input", (event) => { if (event.target.type === "range") this.draw(); });
    this.querySelector("[data-reset]").addEventListener("click", () => this.reset());
    this.load();
  }

  async load() {
    try {
      const answer = await fetch(this.dataset.source);
      if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).what ?? `Error ${answer.status}`);
      this.take(await answer.json());
    } catch (error) {
      this.say(`The sliders cannot be used: ${error.message}. The map and the rules are complete without them.`);
    }
  }

  take(told) {
    this.tables = told;
    this.best = Uint8Array.from(atob(told.best), (letter) => letter.charCodeAt(0));
    const of = (name) => [...new Set(told.variants.map((one) => one[name]))];
    this.values = { cost: of("cost"), fading: of("fading"), price: of("price") };
    this.reset();
    this.querySelector("[data-controls]").disabled = false;
    this.querySelector("[data-changed-key]").hidden = false;
    this.say("");
    this.dataset.ready = "";
  }

  reset() {
    this.levers.cost.value = this.values.cost.indexOf(1);
    this.levers.fading.value = this.values.fading.indexOf(1);
    this.levers.price.value = 0;
    this.draw();
  }

  // The place of a variant among the tables; variants come by cost, then fading, then price.
  place(cost, fading, price) {
    return (cost * this.values.fading.length + fading) * this.values.price.length + price;
  }

  draw() {
    if (!this.tables) return;
    const begun = performance.now();
    const at = (name) => Number(this.levers[name].value);
    const chosen = this.place(at("cost"), at("fading"), at("price"));
    const believed = this.place(this.values.cost.indexOf(1), this.values.fading.indexOf(1), 0);
    const counts = this.map(this.start(chosen), this.start(believed), chosen === believed);
    this.texts(this.tables.variants[chosen], this.tables.variants[believed], counts);
    this.dataset.took = (performance.now() - begun).toFixed(2);
  }

  // Where the grid of a variant begins, for the chosen incentive, first donation and history.
  start(variant) {
    const [, closings, starts, histories, rows, columns] = this.tables.shape;
    const closed = this.form.incentive.value === "closed" ? 1 : 0;
    const grid = ((variant * closings + closed) * starts + Number(this.form.start.value)) * histories + Number(this.form.history.value);
    return grid * rows * columns;
  }

  map(start, before, believed) {
    // What a contact is worth is known for the map that the server drew.
    const told = believed && new URLSearchParams(new FormData(this.form)).toString() === this.served;
    const counts = { real: 0, contact: 0, changed: 0 };
    const columns = this.tables.shape[5];
    this.cells.forEach((row, r) => row.forEach((cell, f) => {
      const code = this.code(this.best[start + r * columns + f], r);
      const changed = code !== this.code(this.best[before + r * columns + f], r);
      if (cell.dataset.a !== code) this.paint(cell, code);
      cell.classList.toggle("dn-changed", changed);
      cell.title = told ? this.titles[r][f] : "";
      counts.real += code !== "off";
      counts.contact += !["off", "deferred", "none"].includes(code);
      counts.changed += changed;
    }));
    return counts;
  }

  code(best, row) {
    if (best === IMPOSSIBLE) return "off";
    return this.recency[row] < Number(this.dataset.defer) ? "deferred" : ACTIONS[best];
  }

  paint(cell, code) {
    cell.dataset.a = code;
    cell.firstElementChild.textContent = LETTERS[code];
    cell.lastElementChild.textContent = WORDS[code];
  }

  texts(now, then, counts) {
    for (const [name, form] of Object.entries(FORMS)) {
      this.querySelector(`[data-now=${name}]`).textContent = form(now[name]);
      this.querySelector(`[data-then=${name}]`).textContent = form(then[name]);
    }
    const differs = counts.changed ? ` ${counts.changed} differ from what is believed.` : "";
    this.querySelector("[data-sentence]").textContent =
      `${counts.contact} of ${counts.real} situations with this history call for a contact; in all others leaving alone is worth more.${differs}`;
    this.label("cost", times(now.cost));
    this.label("fading", times(now.fading));
    this.label("price", now.price ? `${now.price} donations each: ${now.contacts.toFixed(1)} contacts` : `no cap: ${now.contacts.toFixed(1)} contacts`);
  }

  label(name, text) {
    this.levers[name].closest("label").querySelector("output").textContent = text;
    this.levers[name].setAttribute("aria-valuetext", text);
  }

  say(text) { this.querySelector("[data-state]").textContent = text; }
}

customElements.define("policy-map", PolicyMap);
