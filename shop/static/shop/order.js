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
