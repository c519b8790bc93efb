// Named sets of entries of one doctor, kept on the server: they hold no patient and no notes.
// What the server did not take stays in this browser, and is brought to it later.
const rx = (globalThis.rx ??= {});

const PLACE = "perdure.prescription.templates";

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
    this.mine = {};
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
  get local() { return stored()[this.pad.doctor] ?? {}; }

  // What this browser keeps for the doctor; false when it keeps nothing.
  write(doctor, mine) {
    try {
      localStorage.setItem(PLACE, JSON.stringify({ ...stored(), [doctor]: mine }));
      return true;
    } catch {
      return false;
    }
  }

  send(doctor, name, entries) {
    return rx.post(this.pad.base, "/templates/keep", { doctor, name, entries, key: rx.id() });
  }

  // Templates that only this browser has; what the server refuses stays here.
  async bring(doctor) {
    for (const [name, entries] of Object.entries(stored()[doctor] ?? {})) {
      await this.send(doctor, name, entries);
      const { [name]: brought, ...rest } = stored()[doctor] ?? {};
      this.write(doctor, rest);
    }
  }

  async show(chosen = "") {
    const { doctor } = this.pad;
    this.draw(this.local, chosen);
    if (!doctor) return;
    await this.bring(doctor).catch(() => {});
    const { templates } = await rx.post(this.pad.base, "/templates", { doctor }).catch(() => ({ templates: [] }));
    if (doctor !== this.pad.doctor) return;
    this.draw({ ...Object.fromEntries(templates.map((each) => [each.name, each.entries])), ...this.local }, chosen);
  }

  draw(mine, chosen) {
    this.mine = mine;
    const names = Object.keys(mine).sort((a, b) => a.localeCompare(b));
    const options = names.length ? names : [""];
    this.names.replaceChildren(...options.map((name) => {
      const option = new Option(name || "No template kept yet", name);
      option.selected = name === chosen;
      return option;
    }));
  }

  async keep() {
    const name = this.name.value.trim();
    const entries = this.pad.templateEntries();
    const { doctor } = this.pad;
    if (!doctor) return this.pad.tell("Name the doctor first.");
    if (!name) { this.name.focus(); return this.pad.tell("Name the template first."); }
    if (!Object.keys(entries).length) return this.pad.tell("There is no entry to keep.");
    try {
      await this.send(doctor, name, entries);
    } catch (error) {
      if (error instanceof rx.Refused) return this.pad.tell(`Not kept: ${error.message}`);
      if (!this.write(doctor, { ...this.local, [name]: entries })) return this.pad.tell("Neither the server nor the browser kept it.");
    }
    this.name.value = "";
    this.draw({ ...this.mine, [name]: entries }, name);
    this.pad.tell(`Template “${name}” is kept${this.local[name] ? " in this browser, until the server answers" : ""}.`);
  }

  insert() {
    const entries = this.mine[this.names.value];
    if (!entries) return this.pad.tell("There is no template to insert.");
    this.pad.insert(entries, this.names.value);
  }

  async drop() {
    const name = this.names.value;
    const { [name]: gone, ...rest } = this.mine;
    if (!gone) return;
    const { doctor } = this.pad;
    try {
      await this.send(doctor, name, {});
    } catch {
      return this.pad.tell("Not forgotten: the server does not answer.");
    }
    const { [name]: here, ...others } = this.local;
    if (here) this.write(doctor, others);
    this.draw(rest, "");
    this.pad.tell("The template is forgotten.");
  }
}

customElements.define("rx-templates", Templates);
