// The table of contents marks the section being read, and a link to something folded unfolds it.
// The guide serves without either.
function unfold(hash) {
  const target = document.getElementById(hash.slice(1));
  if (target?.localName === "details") target.open = true;
}
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (link) unfold(link.hash);
});
addEventListener("hashchange", () => unfold(location.hash));
unfold(location.hash);

const links = new Map([...document.querySelectorAll(".toc a")].map((link) => [link.hash.slice(1), link]));
// a thin band below the window's top: one section at most is in it
const reading = new IntersectionObserver((entries) => {
  const section = entries.find((entry) => entry.isIntersecting)?.target;
  if (!section) return;
  for (const [id, link] of links) {
    if (id === section.id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}, { rootMargin: "-20% 0px -75% 0px" });
for (const id of links.keys()) {
  const section = document.getElementById(id);
  if (section) reading.observe(section);
}
