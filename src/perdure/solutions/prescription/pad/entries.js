// One section of the pad: what is entered, the input, and the places for pills.
const rx = (globalThis.rx ??= {});

const TYPED = /^.$/u;
const DIGIT = /^(?:Digit|Numpad)([1-9])$/;

rx.Section = class Section {
  constructor(pad, element) {
    this.pad = pad;
    this.element = element;
    this.name = element.dataset.section;
    this.one = element.dataset.one;
    this.title = element.querySelector("h2").textContent;
    this.input = element.querySelector(".rx-input");
    this.input.maxLength = 200;  // The plain form takes several entries at once.
    this.list = element.querySelector("[data-entries]");
    this.places = [...element.querySelectorAll(".rx-place")];
    this.entries = [];
    this.pills = [];
    this.hits = [];
    this.found = "";
    this.shown = [];
    this.input.addEventListener("input", () => this.type());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("focus", () => { this.pad.current = this; this.close(); this.show(); });
    this.input.addEventListener("blur", () => this.hint());
    element.addEventListener("click", (event) => this.click(event));
    element.addEventListener("keydown", (event) => this.moveKey(event));
    element.querySelector(".rx-box").addEventListener("mousedown", (event) => {
      if (event.target === event.currentTarget || event.target === this.list) { event.preventDefault(); this.input.focus(); }
    });
  }

  get typed() { return this.input.value.trim(); }

  type() {
    this.close();
    this.show();
    if (this.typed) this.pad.search(this);
    else this.pad.lines.search.forget();
  }

  // The answer to what was typed; the text may have changed since, then the names decide.
  takeHits(hits, text) {
    this.hits = hits;
    this.found = text;
    this.show();
  }

  // An open panel is not taken from under the reader's eyes: its section is drawn when it closes.
  show() {
    this.late = this.opened !== undefined;
    if (this.late) return;
    const typed = this.typed;
    const hits = typed === this.found ? this.hits : this.hits.filter((hit) => rx.matches(hit, typed));
    this.shown = rx.chosen(this.pills, hits, typed, this.entries, this.places.length);
    const first = typed ? this.shown.findIndex((pill) => !pill.greyed) : -1;
    this.places.forEach((place, i) => {
      rx.draw(place, this.shown[i], i + 1, i === first, this.pad.molecule(this.shown[i]));
    });
    this.hint();
  }

  hint(text = "") {
    const at = this.element.querySelector("[data-hint]");
    const first = this.shown.find((pill) => !pill.greyed);
    const here = document.activeElement === this.input;
    if (!text && here && this.typed && first) text = `Enter takes ${first.name || first.code}`;
    else if (!text && here && this.typed) text = this.found === this.typed ? "Enter adds it as a new term" : "Looking…";
    if (at.textContent !== text) at.textContent = text;
  }

  // Enter takes the marked pill. Where the answer is not here yet, the words stand as typed, and
  // the answer may only give them their code: nothing that was not seen is guessed.
  enter() {
    if (!this.typed) return;
    const first = this.shown.find((pill) => !pill.greyed);
    if (first) return this.add(first);
    if (this.found === this.typed) this.pad.addTerm(this, this.typed);
    else this.pad.nameLater(this, this.typed);
  }

  add(pill, { despite = false } = {}) {
    if (pill.greyed && !despite) {
      const at = this.shown.indexOf(pill);
      this.pad.say(`${pill.name} is not offered: ${pill.greyed}. Its menu can take it all the same.`);
      return this.open(at);
    }
    const entry = { code: pill.code, name: pill.name || pill.code, molecule: pill.molecule ?? "" };
    this.entries.push(entry);
    this.clear();
    this.pad.entered(this, pill);
    return entry;
  }

  // An entry that stood as typed is this term.
  settle(entry, term) {
    if (!this.entries.includes(entry)) return;
    if (this.entries.some((other) => other !== entry && other.code === term.code)) this.entries.splice(this.entries.indexOf(entry), 1);
    else Object.assign(entry, { code: term.code, name: term.name || term.code, molecule: term.molecule ?? "" });
    this.draw();
    this.pad.changed(`${entry.name} entered`);
  }

  remove(at) {
    if (!this.entries[at]) return;
    const [gone] = this.entries.splice(at, 1);
    this.draw();
    this.pad.changed(`${gone.name} taken out`);
    this.input.focus();
  }

  clear() {
    this.input.value = "";
    this.hits = [];
    this.found = "";
    this.pad.lines.search.forget();
    this.draw();
    this.input.focus();
  }

  draw() {
    this.list.replaceChildren(...this.entries.map((entry, i) => this.chip(entry, i)));
    const n = this.entries.length;
    const word = this.element.querySelector("[data-count]");
    word.textContent = n ? `${n} entered` : "empty";
    this.element.toggleAttribute("data-filled", n > 0);
    this.show();
  }

  chip(entry, at) {
    const below = this.pad.molecule(entry) || (entry.code.startsWith("new:") ? "new term" : "");
    const name = rx.node("span", "rx-chip-name", entry.name, below ? rx.node("small", "", below) : "");
    const out = rx.node("button", "rx-out", "×");
    out.type = "button";
    out.tabIndex = -1;
    out.dataset.out = at;
    out.setAttribute("aria-label", `Take out ${entry.name}`);
    const chip = rx.node("li", "rx-chip", name, out);
    const warned = this.name === "medicine" && this.pad.safety.about(entry);
    if (warned) chip.dataset.warned = warned;
    if (warned) name.append(rx.node("span", "visually-hidden", ", see safety"));
    return chip;
  }

  key(event) {
    const digit = event.altKey && DIGIT.exec(event.code);
    if (digit) {
      event.preventDefault();
      const at = Number(digit[1]) - 1;
      if (event.shiftKey) this.open(at);
      else if (this.shown[at]) this.add(this.shown[at]);
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (event.isComposing) return;
      if (event.shiftKey && this.typed) this.pad.addTerm(this, this.typed);
      else this.enter();
    } else if (event.key === "Backspace" && this.input.value === "" && !event.repeat) {
      event.preventDefault();
      this.remove(this.entries.length - 1);
    } else if (event.key === "Escape" && this.input.value) {
      this.clear();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      this.element.querySelector(".rx-pill")?.focus();
    } else if (event.key === "ArrowLeft" && this.input.value === "") {
      this.list.querySelector("li:last-child .rx-out")?.focus();
    }
  }

  // Keys on a pill, on its dots and on an entry: arrows walk, a letter goes back to the input.
  moveKey(event) {
    if (event.target === this.input || event.target.closest(".rx-panel")) return this.panelKey(event);
    if (event.altKey && DIGIT.test(event.code)) return this.key(event);
    const all = [...this.element.querySelectorAll(event.target.matches(".rx-out") ? ".rx-out" : ".rx-pill, .rx-why")];
    const at = all.indexOf(event.target);
    const step = { ArrowDown: 2, ArrowUp: -2, ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      event.preventDefault();
      (all[at + step] ?? this.input).focus();
    } else if (event.key === "Escape" || (TYPED.test(event.key) && event.key !== " " && !event.ctrlKey && !event.altKey)) {
      event.stopPropagation();
      this.input.focus();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      if (event.target.matches(".rx-out")) this.remove(Number(event.target.dataset.out));
      event.preventDefault();
    }
  }

  panelKey(event) {
    if (event.key !== "Escape" || event.target === this.input) return;
    event.stopPropagation();
    this.close();
    this.input.focus();
  }

  click(event) {
    const found = event.target.closest("[data-take], [data-why], [data-out], [data-panel]");
    if (!found) return;
    if (found.dataset.out) this.remove(Number(found.dataset.out));
    else if (found.dataset.take) this.add(this.shown[Number(found.dataset.take)]);
    else if (found.dataset.why) this.open(Number(found.dataset.why));
    else this.act(found);
  }

  act(button) {
    const pill = this.shown[this.opened];
    const what = button.dataset.panel;
    this.close();
    this.input.focus();
    if (what === "take") this.add(pill, { despite: true });
    else if (what === "ignore") this.pad.ignore(this, pill);
    else if (what === "say") this.pad.habit(pill, button.value);
  }

  open(at) {
    const again = this.opened === at;
    this.close();
    const pill = this.shown[at];
    if (!pill || again) return;
    this.opened = at;
    const about = this.pad.molecule(pill) || pill.name;
    const panel = rx.panel({ ...pill, about }, { diagnosis: this.pad.diagnosis(), model: this.pad.dataset.model });
    this.places[at].append(panel);
    this.places[at].querySelector(".rx-why").setAttribute("aria-expanded", "true");
    // The panel, not a button in it: a key that was on its way must not choose.
    panel.focus({ preventScroll: true });
    panel.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.opened = undefined;
    this.element.querySelector(".rx-panel")?.remove();
    this.element.querySelector("[aria-expanded=true]")?.setAttribute("aria-expanded", "false");
    if (this.late) this.show();
  }
};
