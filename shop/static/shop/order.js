// Shows the copy button where it can work, and copies when it is tapped. The page serves without it.
function arm() {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
}
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = button.dataset.copied;
});
document.addEventListener("htmx:afterSwap", arm);
arm();

// Asks for news of the order: at first every second, after a minute every 5, after ten minutes every
// 30, and not while the page is hidden. Where staff are at work, not before data-look-again.
let lastNews = Date.now();
let next;
function waitToLook() {
  clearTimeout(next);
  const order = document.querySelector("[data-look-again]");
  if (!order || document.hidden) return;
  const minutes = (Date.now() - lastNews) / 60000;
  const seconds = Math.max(minutes < 1 ? 1 : minutes < 10 ? 5 : 30, Number(order.dataset.lookAgain));
  next = setTimeout(look, seconds * 1000);
}
function look() {
  document.querySelector("[data-look-again]")?.dispatchEvent(new Event("look"));
  waitToLook();
}
document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(next) : look()));
document.addEventListener("htmx:afterSwap", () => {
  lastNews = Date.now();
  waitToLook();
});
waitToLook();

// Notes that the code was seen: by a touch, a key or a scroll, or once the page was in front for some
// seconds. What only fetches the page, such as a mail scanner, does none of this.
async function noteSeen() {
  const form = document.querySelector("form[data-seen]");
  if (!form || document.visibilityState !== "visible") return;
  form.removeAttribute("data-seen");
  const sent = { method: "POST", body: new FormData(form), redirect: "manual", keepalive: true };
  await fetch(form.action, sent).catch(() => form.setAttribute("data-seen", ""));
}
for (const sign of ["pointermove", "pointerdown", "keydown", "scroll"]) {
  document.addEventListener(sign, noteSeen, { passive: true });
}
setInterval(noteSeen, 3000);
