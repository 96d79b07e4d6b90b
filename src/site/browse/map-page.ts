// The script of the map: pointing at a technique, or focusing it, marks what it is related to.
const map = document.querySelector(".map")!;
const placeOf = new Map(
  [...map.querySelectorAll<SVGElement>("[data-place]")].map((place) => [place.dataset.place!, place]),
);
const lines = [...map.querySelectorAll<SVGElement>("[data-ends]")];

function mark(event: Event): void {
  const place = (event.target as Element).closest<SVGElement>("[data-place]");
  const slug = place?.dataset.place;
  const near = place?.dataset.around?.split(" ") ?? [];
  for (const [other, element] of placeOf) element.classList.toggle("near", near.includes(other));
  for (const line of lines)
    line.classList.toggle("near", !!slug && line.dataset.ends!.split(" ").includes(slug));
}

map.addEventListener("pointerover", mark);
map.addEventListener("focusin", mark);
