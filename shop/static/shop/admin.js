/* Copies the number beside a button, and says so on the button. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // no clipboard without https: mark the number, so that the keyboard can copy it
    getSelection().selectAllChildren(button.parentElement.querySelector(".number"));
    return;
  }
  button.textContent = button.dataset.copied;
  button.setAttribute("aria-live", "polite");
  setTimeout(() => { button.textContent = words; }, 2000);
});

/* Unfold hides the page until its scripts run, and browsers focus nothing that is hidden. */
addEventListener("load", () => {
  if (document.activeElement === document.body) document.querySelector("[autofocus]")?.focus();
});
