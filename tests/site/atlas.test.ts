import { expect, test } from "vitest";
import { atlasOf, halfWidth, type Mapped } from "#site/atlas";

const techniques: Mapped[] = Array.from({ length: 40 }, (_, i) => ({
  slug: `t${i}`,
  name: `Technique ${i}${i % 7 === 0 ? " with a long name" : ""}`,
  family: `family ${i % 6}`,
  related: [`t${(i * 7 + 1) % 40}`, `t${(i + 6) % 40}`, "unknown"].filter((other) => other !== `t${i}`),
}));
const atlas = atlasOf(techniques);

test("every technique has its place within the map, whole", () => {
  expect(atlas.places.map(({ slug }) => slug)).toEqual(techniques.map(({ slug }) => slug));
  for (const place of atlas.places) {
    expect(place.x - halfWidth(place)).toBeGreaterThanOrEqual(0);
    expect(place.x + halfWidth(place)).toBeLessThanOrEqual(atlas.width);
    expect(place.y).toBeGreaterThan(20);
    expect(place.y).toBeLessThan(atlas.height);
  }
});

test("no name covers another", () => {
  const covered = atlas.places.flatMap((a, i) =>
    atlas.places
      .slice(i + 1)
      .filter((b) => Math.abs(a.y - b.y) < 20 && Math.abs(a.x - b.x) < halfWidth(a) + halfWidth(b) - 1)
      .map((b) => `${a.name} and ${b.name}`),
  );
  expect(covered).toEqual([]);
});

test("a relation is drawn once, whichever page names it; one to a page that is not there is not", () => {
  const expected = new Set(
    techniques.flatMap(({ slug, related }) =>
      related.filter((other) => other !== "unknown").map((other) => [slug, other].sort().join(" ")),
    ),
  );
  const drawn = atlas.links.map(({ from, to }) => [from.slug, to.slug].sort().join(" "));
  expect(new Set(drawn)).toEqual(expected);
  expect(drawn).toHaveLength(expected.size);
});

test("is the same at every build", () => {
  expect(atlasOf(techniques)).toEqual(atlas);
});
