// What stands in the reserved places of a section, and how probable it is, in a number and in words.
const rx = (globalThis.rx ??= {});

const LEAST_SHOWN = 0.02;
const WORDS = [
  [0.9, "almost always entered"],
  [0.6, "usually entered"],
  [0.35, "often entered"],
  [0.1, "sometimes entered"],
  [0, "seldom entered"],
];

rx.percent = (p) => (p < LEAST_SHOWN ? "" : p > 0.99 ? "99\u00a0%" : `${Math.round(p * 100)}\u00a0%`);

rx.chance = (p) => {
  const words = WORDS.find(([least]) => p >= least)[1];
  const of = p >= LEAST_SHOWN ? `in about ${Math.min(Math.round(p * 100), 99)} of 100 visits like this one` : "in fewer than 2 of 100 visits like this one";
  return `${words}: ${of}`;
};

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const wordsOf = (text) => folded(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);

// Whether each typed word begins a word of the name (or the code begins so).
rx.matches = (pill, typed) => {
  const wanted = wordsOf(typed);
  if (folded(pill.code).startsWith(folded(typed.trim()))) return true;
  const words = wordsOf(`${pill.name} ${pill.matched ?? ""} ${pill.molecule ?? ""}`);
  return wanted.length > 0 && wanted.every((word) => words.some((w) => w.startsWith(word)));
};

rx.same = (name, typed) => wordsOf(name).join(" ") === wordsOf(typed).join(" ");

// The pills to show: those that go with what is typed, then what the search found, each once.
rx.chosen = (pills, hits, typed, entered, places) => {
  const near = typed ? pills.filter((pill) => rx.matches(pill, typed)) : pills;
  const known = new Map(near.map((pill) => [pill.code, pill]));
  const exact = hits.filter((hit) => rx.same(hit.name, typed) || rx.same(hit.matched ?? "", typed));
  const all = [...exact.map((hit) => known.get(hit.code) ?? hit), ...near, ...(typed ? hits : [])];
  const seen = new Set(entered.map((entry) => entry.code));
  return all.filter((pill) => !seen.has(pill.code) && seen.add(pill.code)).slice(0, places);
};

// Fills one place; an empty place keeps its size.
rx.draw = (place, pill, number, marked, molecule) => {
  if (!pill) return place.replaceChildren();
  const below = pill.greyed ? `⊘ ${pill.greyed}` : molecule || (pill.matched && !rx.same(pill.matched, pill.name) ? `found as ${pill.matched}` : "");
  const share = pill.probability === undefined ? "" : rx.percent(pill.probability);
  const key = rx.node("kbd", "", String(number));
  key.setAttribute("aria-hidden", "true");
  const name = rx.node("span", "rx-name", rx.node("span", "rx-first", pill.name || pill.code), below ? rx.node("small", "rx-below", below) : "");
  const take = rx.node("button", "rx-pill", key, name);
  take.type = "button";
  take.tabIndex = -1;
  take.dataset.take = number - 1;
  if (share) take.setAttribute("aria-description", share);
  take.title = [pill.name, below, pill.parts?.[0]?.text].filter(Boolean).join("\n");
  if (number <= 9) take.setAttribute("aria-keyshortcuts", `Alt+${number}`);
  if (pill.greyed) take.setAttribute("aria-disabled", "true");
  if (marked) take.dataset.marked = "";
  const why = rx.node("button", "rx-why", share || "⋯");
  why.type = "button";
  why.tabIndex = -1;
  why.dataset.why = number - 1;
  why.setAttribute("aria-label", `${share || "⋯"}, why ${pill.name || pill.code}`);
  why.setAttribute("aria-expanded", "false");
  place.replaceChildren(take, why);
};
