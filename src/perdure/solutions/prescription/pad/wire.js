// Talks to the assistant: of each kind one question at a time, and only the latest answer counts.
const rx = (globalThis.rx ??= {});

const PATIENCE = 8000;

rx.Refused = class Refused extends Error {};

rx.id = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");

// Asks one address. A refusal of the server is Refused, with its words; no answer is another error.
rx.post = async (base, path, body, options = {}) => {
  const answer = await fetch(`${base.api}${path}?case=${encodeURIComponent(base.case)}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE),
    ...options,
  });
  if (answer.ok) return answer.json();
  const facts = await answer.json().catch(() => ({}));
  throw new rx.Refused([facts.what, facts.hint].filter(Boolean).join(". ") || `Error ${answer.status}`);
};

// One question in flight; while it is, only the newest of the others waits. An answer to
// anything but the newest question is dropped, by its number.
rx.Line = class Line {
  constructor(send) {
    this.send = send;
    this.number = 0;
    this.dropped = 0;
    this.waiting = null;
    this.running = null;
  }

  // Resolves when nothing is in flight any more.
  ask(body, use, fail) {
    this.waiting = { body, use, fail, number: ++this.number };
    this.running ??= this.run().finally(() => { this.running = null; });
    return this.running;
  }

  // What is on its way is of no interest any more.
  forget() {
    this.number += 1;
    this.waiting = null;
  }

  async run() {
    while (this.waiting) {
      const asked = this.waiting;
      this.waiting = null;
      let answer = null;
      let error = null;
      try {
        answer = await this.send(asked.body, asked.number);
      } catch (thrown) {
        error = thrown;
      }
      if (asked.number !== this.number || (answer && (answer.request ?? asked.number) !== asked.number)) {
        this.dropped += 1;
      } else if (error) asked.fail?.(error);
      else asked.use(answer);
    }
  }
};

// A node with a class, texts and nodes in it; texts stay texts whatever they hold.
rx.node = (tag, name = "", ...inside) => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...inside.filter((part) => part !== "" && part !== null));
  return made;
};
