// Keys, dialogs, theme, jump box. Pages work without it, except for the keys.
import "./jump-box.js";

const PLACES = { p: "/", a: "/alarms", r: "/runs", d: "/tables" };
const typing = (target) => target.closest("input, select, textarea, [contenteditable]") !== null;
const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);

function toast(text) {
  const line = document.createElement("div");
  line.className = "toast";
  line.setAttribute("role", "status");
  line.textContent = text;
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), 5000);
}

// Dialogs: opened by [data-open], closed by [data-close]; focus returns by itself.
function open(id, opener) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  if (opener?.dataset.decision) aimDismissal(dialog, opener);
  if (opener?.dataset.version) {
    dialog.querySelector("[name=version]").value = opener.dataset.version;
    dialog.querySelector("h2").textContent = `Promote version ${opener.dataset.version}`;
  }
  dialog.showModal();
}

function aimDismissal(dialog, opener) {
  const form = dialog.querySelector("form");
  const decision = opener.dataset.decision;
  form.reset();
  form.action = `/decisions/${decision}/feedback`;
  form.setAttribute("hx-post", form.action);
  form.setAttribute("hx-target", `#${CSS.escape(decision)}`);
  form.querySelector("[name=key]").value = `${decision}:dismiss`;
  form.querySelector("[data-name]").textContent = opener.dataset.name;
  window.htmx?.process(form);
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) return open(opener.dataset.open, opener);
  if (event.target.closest("[data-close]")) return event.target.closest("dialog").close();
  if (event.target.closest("[data-theme-toggle]")) return changeTheme();
  if (event.target.tagName === "DIALOG") return event.target.close();
  const row = event.target.closest("tr[data-row], .todo[data-row]");
  if (row && !event.target.closest("a, button, form, input") && !getSelection().toString()) {
    row.focus();
  }
});

function changeTheme() {
  const dark = getComputedStyle(document.documentElement).colorScheme.includes("light dark")
    ? matchMedia("(prefers-color-scheme: dark)").matches
    : document.documentElement.dataset.theme === "dark";
  const theme = dark ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=strict`;
  document.dispatchEvent(new Event("themechange"));
}

// Keys: single letters, never while typing, never with a modifier.
let before = "";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const dialog = document.querySelector("dialog[open]");
  if (dialog) return inDialog(event, dialog);
  if (typing(event.target)) return;
  if (before === "g" && PLACES[event.key]) location.href = PLACES[event.key];
  else if (event.key === "/") open("jump");
  else if (event.key === "?") open("keys");
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "Enter" && document.activeElement?.dataset.row) {
    location.href = document.activeElement.dataset.row;
  } else if (event.key === "a") act("accept");
  else if (event.key === "d") act("dismiss");
  else { before = event.key; return; }
  before = "";
  event.preventDefault();
});

function inDialog(event, dialog) {
  if (event.target.matches("input[type=text], input[type=search], textarea")) return;
  const choice = dialog.querySelector(`[data-digit="${CSS.escape(event.key)}"]`);
  if (!choice) return;
  choice.click();
  choice.focus();
  event.preventDefault();
}

function step(way) {
  const all = rows();
  const now = all.indexOf(document.activeElement?.closest("[data-row]"));
  const next = all[Math.min(Math.max(now + way, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function act(what) {
  document.activeElement?.closest("[data-row]")?.querySelector(`[data-do="${what}"]`)?.click();
}

// Forms that send themselves when a choice changes (htmx takes over where it is used).
document.addEventListener("change", (event) => {
  const dismissal = event.target.closest("[data-dismiss]");
  if (dismissal) dismissal.querySelector("[name=note]").required = dismissal.reason.value === "other";
  const form = event.target.closest("form[data-auto]");
  if (form && !form.hasAttribute("hx-get") && event.target.tagName === "SELECT") form.requestSubmit();
});

// After an answer: close the dialog, keep the place in the list, and say what happened.
let place = -1;
document.addEventListener("htmx:before:request", () => {
  const row = document.activeElement?.closest("tr[data-row]");
  if (row) place = rows().indexOf(row);
});
document.addEventListener("htmx:after:swap", () => {
  document.querySelector("dialog[open]")?.close();
  if (place >= 0 && document.activeElement === document.body) rows()[place]?.focus();
});
document.addEventListener("htmx:response:error", (event) => {
  document.querySelector("dialog[open]")?.close();
  toast(refusal(event.detail?.ctx?.text));
});
document.addEventListener("htmx:error", () => toast("The server does not answer. Nothing was lost."));

function refusal(text) {
  try {
    const facts = JSON.parse(text);
    return [facts.what, facts.hint].filter(Boolean).join(". ");
  } catch {
    return "That could not be done. Reload the page to see how things stand.";
  }
}
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-dismiss]")) {
    const row = document.getElementById(event.target.querySelector("[name=key]").value.split(":")[0]);
    place = rows().indexOf(row);
  }
});
