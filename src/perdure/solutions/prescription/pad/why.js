// The panel of a pill: how probable, why, and what the doctor has to say about it.
const rx = (globalThis.rx ??= {});

const MOST_REASONS = 5;
const HABITS = [["always", "Always"], ["sometimes", "Sometimes"], ["never", "Never"]];

const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;

function reasons(pill) {
  const list = rx.node("ul", "rx-reasons");
  for (const part of pill.parts.slice(0, MOST_REASONS)) {
    const line = rx.node("li", "", rx.node("span", "", part.text), rx.node("span", "number", signed(part.effect)));
    line.dataset.way = part.effect < 0 ? "down" : "up";
    list.append(line);
  }
  return list;
}

function sums(pill) {
  const shown = pill.parts.slice(0, MOST_REASONS);
  const rest = pill.parts.slice(MOST_REASONS).reduce((sum, part) => sum + part.effect, 0);
  const more = pill.parts.length > shown.length ? `, ${pill.parts.length - shown.length} smaller reasons ${signed(rest)}` : "";
  return `Log odds: base ${signed(pill.base)}${more}, together ${signed(pill.score)}`;
}

function action(text, what, value = "") {
  const made = rx.node("button", "button small", text);
  made.type = "button";
  made.dataset.panel = what;
  made.value = value;
  return made;
}

function habits(pill, diagnosis) {
  const about = diagnosis ? `${pill.about} with ${diagnosis}` : pill.about;
  const row = rx.node("div", "row", ...HABITS.map(([value, text]) => action(text, "say", value)));
  row.role = "group";
  row.setAttribute("aria-label", `You use ${about}`);
  return [rx.node("p", "rx-about", `You use ${about}:`), row];
}

// The panel as a node; its buttons carry data-panel = take, ignore, say or close.
rx.panel = (pill, { diagnosis = "", model = "" } = {}) => {
  const name = pill.name || pill.code;
  const panel = rx.node("div", "rx-panel", rx.node("h3", "", name));
  panel.role = "dialog";
  panel.tabIndex = -1;
  panel.setAttribute("aria-label", `About ${name}`);
  if (pill.greyed) panel.append(rx.node("p", "rx-grey-word", `Not offered: ${pill.greyed}`));
  if (pill.probability !== undefined) panel.append(rx.node("p", "", `${rx.chance(pill.probability)}.`.replace(/^./, (c) => c.toUpperCase())));
  if (pill.parts?.length) panel.append(reasons(pill), rx.node("p", "rx-sum", `${sums(pill)}. Model ${model}.`));
  else panel.append(rx.node("p", "rx-sum", "Found by what you typed; nothing was suggested here."));
  const acts = rx.node("div", "row", action(pill.greyed ? "Take it all the same" : "Take", "take"));
  if (pill.parts?.length) acts.append(action("Not for this patient", "ignore"));
  acts.append(action("Close", "close"));
  panel.append(acts);
  if (pill.molecule) panel.append(...habits(pill, diagnosis));
  return panel;
};
