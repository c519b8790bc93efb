// Jump to anything: pages and cases from one small list, anything else as an id.
class JumpBox extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.list = this.querySelector("ul");
    this.dialog = this.closest("dialog");
    this.input.addEventListener("input", () => { this.shown = this.show(); });
    this.input.addEventListener("focus", () => { this.shown = this.show(); });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => this.go(event.target.closest("li")));
    this.dialog.addEventListener("close", () => { this.input.value = ""; });
  }

  async places() {
    this.asked ??= fetch(this.dataset.source).then((answer) => answer.json());
    this.found = await this.asked;
    return this.found.places;
  }

  async show() {
    const places = await this.places();
    // Read only now: what was typed while the list loaded counts, and no older answer wins.
    const wanted = this.input.value.trim().toLowerCase();
    const near = places.filter((p) => p.text.toLowerCase().includes(wanted)).slice(0, 12);
    if (wanted.length > 2) near.push(...this.ids(this.input.value.trim()));
    this.list.replaceChildren(...near.map((place, index) => this.line(place, index)));
    this.choose(0);
  }

  ids(text) {
    const id = encodeURIComponent(text);
    if (text.startsWith("dec_")) return [{ text, kind: "decision", link: `/decisions/${id}` }];
    if (text.startsWith("run_")) return [{ text, kind: "run", link: `/runs/${id}` }];
    return this.found.cases.map((c) => ({ text: `${text} in ${c.text}`, kind: c.entity, link: `${c.link}/entities/${id}` }));
  }

  line(place, index) {
    const line = document.createElement("li");
    line.id = `jump-${index}`;
    line.role = "option";
    line.dataset.link = place.link;
    const kind = document.createElement("small");
    kind.textContent = place.kind;
    line.append(place.text, kind);
    return line;
  }

  choose(index) {
    const lines = [...this.list.children];
    this.index = Math.min(Math.max(index, 0), lines.length - 1);
    lines.forEach((line, i) => line.setAttribute("aria-selected", String(i === this.index)));
    if (lines[this.index]) {
      this.input.setAttribute("aria-activedescendant", lines[this.index].id);
      lines[this.index].scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  // Someone who types faster than the list loads still lands where they meant to.
  async key(event) {
    if (!["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
    event.preventDefault();
    await this.shown;
    if (event.key === "Enter") this.go(this.list.children[this.index]);
    else this.choose(this.index + (event.key === "ArrowDown" ? 1 : -1));
  }

  go(line) {
    if (line) location.href = line.dataset.link;
  }
}

customElements.define("jump-box", JumpBox);
