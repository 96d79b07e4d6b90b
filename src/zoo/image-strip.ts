import { imagesAt, type LabelledImages } from "#lab/dataset/digits";
import type { Caption, Figure } from "#lab/figure/figure";
import { heatMap } from "#lab/figure/heat-map";

/**
 * A figure of the same few images in several states, a row of images for each state: clean, degraded, restored. Ink is
 * given to hundredths, which is finer than a screen shows.
 * @param states sets of images in the same order, by name
 * @param places of the images that are drawn
 * @throws as `heatMap` does, when the images are too large or too many
 */
export function imageStrip(
  states: Readonly<Record<string, LabelledImages>>,
  places: readonly number[],
  caption: Caption,
): Figure {
  const [first] = Object.values(states);
  if (!first || places.length === 0) throw new Error("imageStrip: expected images to draw, got none");
  const { side } = first;
  const values = Object.values(states).flatMap((set, state) => {
    const { images } = imagesAt(set, places);
    const rows = Array.from({ length: side }, (_, row) =>
      places.flatMap((_, image) => {
        const start = (image * side + row) * side;
        const pixels = Array.from(images.subarray(start, start + side), (ink) => Math.round(100 * ink) / 100);
        return image === 0 ? pixels : [0, ...pixels];
      }),
    );
    // An empty row keeps two states apart, as an empty column does two images.
    return state === 0 ? rows : [rows[0]!.map(() => 0), ...rows];
  });
  const names = besideMiddles(Object.keys(states), side, values.length);
  const labels = Array.from(imagesAt(first, places).labels, String);
  const across = besideMiddles(labels, side, values[0]!.length);
  return heatMap(values, {
    ...caption,
    rows: { label: "state", names },
    columns: { label: "digit", names: across },
    value: "ink",
    domain: [0, 1],
  });
}

/** Each name at the middle of its image, moved to an even place: of a long side, a heat map names the even places alone. */
function besideMiddles(names: readonly string[], side: number, places: number): string[] {
  const beside = new Array<string>(places).fill("");
  names.forEach((name, index) => {
    const middle = index * (side + 1) + (side >> 1);
    beside[middle % 2 === 0 || middle + 1 === places ? middle : middle + 1] = name;
  });
  return beside;
}
