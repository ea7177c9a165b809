// Puts the serial that was read from a photo into its field, and has it checked as if it were typed.
document.addEventListener("htmx:afterSwap", (event) => {
  const field = document.getElementById("id_serial");
  const found = document.getElementById("photos")?.dataset.fill;
  if (event.detail.target.id !== "photos" || !found || field.value) return;
  field.value = found;
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
