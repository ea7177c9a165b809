// What the display shows is answered below it while the page stays where it is, the table of contents
// marks the section being read, and a link to something folded unfolds it. Without this all are
// plain links.
function unfold(hash) {
  const target = document.getElementById(hash.slice(1));
  if (target?.localName === "details") target.open = true;
}
function choose(link) {
  const answer = document.getElementById(link.hash.slice(1));
  for (const each of document.querySelectorAll(".advice")) {
    each.hidden = each !== answer;
    each.classList.toggle("is-chosen", each === answer);
  }
  for (const each of document.querySelectorAll(".choices a")) {
    each.setAttribute("aria-expanded", String(each === link));
  }
  history.replaceState(null, "", link.hash);
  answer.focus({ preventScroll: true });
  // only where the answer would be out of sight, and no further than to its first lines
  scrollBy(0, Math.max(0, answer.getBoundingClientRect().top - innerHeight * 0.75));
}
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (!link) return;
  if (link.closest(".choices")) {
    event.preventDefault();
    choose(link);
  } else unfold(link.hash);
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
