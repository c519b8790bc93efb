// Named sets of entries of one doctor, kept in this browser: they hold no patient and no notes.
const rx = (globalThis.rx ??= {});

const PLACE = "perdure.prescription.templates";
const MOST = 100;

function stored() {
  try {
    const found = JSON.parse(localStorage.getItem(PLACE) ?? "{}");
    return typeof found === "object" && found ? found : {};
  } catch {
    return {};
  }
}

class Templates extends HTMLElement {
  connectedCallback() {
    this.names = this.querySelector("[data-names]");
    this.name = this.querySelector("[data-name]");
    this.querySelector("[data-keep]").addEventListener("click", () => this.keep());
    this.querySelector("[data-insert]").addEventListener("click", () => this.insert());
    this.querySelector("[data-drop]").addEventListener("click", () => this.drop());
    this.name.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.ctrlKey) { event.preventDefault(); this.keep(); }
    });
  }

  get pad() { return this.closest("rx-pad"); }
  get mine() { return stored()[this.pad.doctor] ?? {}; }

  write(mine) {
    try {
      localStorage.setItem(PLACE, JSON.stringify({ ...stored(), [this.pad.doctor]: mine }));
      return true;
    } catch {
      this.pad.tell("The browser keeps nothing, so no template can be kept.");
      return false;
    }
  }

  show(chosen = "") {
    const names = Object.keys(this.mine).sort((a, b) => a.localeCompare(b));
    const options = names.length ? names : [""];
    this.names.replaceChildren(...options.map((name) => {
      const option = new Option(name || "No template kept yet", name);
      option.selected = name === chosen;
      return option;
    }));
  }

  keep() {
    const name = this.name.value.trim();
    const entries = this.pad.templateEntries();
    if (!this.pad.doctor) return this.pad.tell("Name the doctor first.");
    if (!name) { this.name.focus(); return this.pad.tell("Name the template first."); }
    if (!Object.keys(entries).length) return this.pad.tell("There is no entry to keep.");
    if (Object.keys(this.mine).length >= MOST) return this.pad.tell(`There are ${MOST} templates already.`);
    if (!this.write({ ...this.mine, [name]: entries })) return;
    this.name.value = "";
    this.show(name);
    this.pad.tell(`Template “${name}” is kept.`);
  }

  insert() {
    const entries = this.mine[this.names.value];
    if (!entries) return this.pad.tell("There is no template to insert.");
    this.pad.insert(entries, this.names.value);
  }

  drop() {
    const { [this.names.value]: gone, ...rest } = this.mine;
    if (!gone || !this.write(rest)) return;
    this.show();
    this.pad.tell("The template is forgotten.");
  }
}

customElements.define("rx-templates", Templates);
