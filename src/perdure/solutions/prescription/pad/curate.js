// Merging a doctor's own words into the terms that they mean.
const rx = (globalThis.rx ??= {});

const MOST = 6;

class Curate extends HTMLElement {
  connectedCallback() {
    this.base = { api: this.dataset.api, case: this.dataset.case };
    this.line = new rx.Line((body, request) => rx.post(this.base, "/search", { ...body, request }));
    this.addEventListener("input", (event) => { if (event.target.matches("[data-means]")) this.look(event.target); });
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("click", (event) => {
      const chosen = event.target.closest("[data-alias]");
      if (chosen) this.merge(chosen.closest("[data-code]"), chosen);
    });
  }

  key(event) {
    if (event.key !== "Enter" || !event.target.matches("[data-means]")) return;
    const found = event.target.closest("[data-code]").querySelectorAll("[data-alias]");
    if (found.length === 1) found[0].click();
    else this.say(found.length ? "Choose one: Tab goes to them." : "Nothing is found by that.");
  }

  look(input) {
    const term = input.closest("[data-code]");
    const place = term.querySelector("[data-found]");
    const text = input.value.trim();
    if (!text) { this.line.forget(); return place.replaceChildren(); }
    this.line.ask({ text, section: term.dataset.section, limit: MOST + 1 }, (answer) => {
      const hits = answer.hits.filter((hit) => hit.code !== term.dataset.code).slice(0, MOST);
      place.replaceChildren(...hits.map((hit) => rx.node("li", "", this.button(hit))));
    }, () => this.say("Search does not answer."));
  }

  button(hit) {
    const made = rx.node("button", "button small", hit.name, rx.node("span", "mono", hit.code));
    made.type = "button";
    Object.assign(made.dataset, { alias: hit.code, name: hit.name });
    return made;
  }

  async merge(term, chosen) {
    const by = this.querySelector("[data-by]").value.trim();
    if (!by) { this.querySelector("[data-by]").focus(); return this.say("Say your name first."); }
    const body = { section: term.dataset.section, code: term.dataset.code, alias_of: chosen.dataset.alias, by, key: rx.id() };
    try {
      await rx.post(this.base, "/terms/alias", body);
      this.done(term, chosen.dataset.name);
    } catch (error) {
      this.say(`Not merged. ${error.message}`);
    }
  }

  done(term, name) {
    const word = term.querySelector("strong").textContent;
    const next = term.nextElementSibling ?? term.previousElementSibling;
    term.remove();
    (next?.querySelector("[data-means]") ?? this.querySelector("[data-by]")).focus();
    this.say(`“${word}” now means “${name}”.`);
  }

  say(text) { this.querySelector("[data-said]").textContent = text; }
}

customElements.define("rx-curate", Curate);
