// Looks again while an answer is being worked out; without it there is a link to do so.
const RESTS = [2000, 3000, 5000];

const again = async (tries = 0) => {
  if (!document.querySelector("[data-being-worked-out]")) return;
  await new Promise((ready) => { setTimeout(ready, RESTS[Math.min(tries, RESTS.length - 1)]); });
  const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const waiting of document.querySelectorAll("[data-being-worked-out]")) {
    const found = page.getElementById(waiting.id);
    if (found && !found.hasAttribute("data-being-worked-out")) waiting.replaceWith(document.adoptNode(found));
  }
  again(tries + 1);
};

again();
