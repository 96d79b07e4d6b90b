import type { LabelledImages } from "#lab/dataset/digits";

/** The images with left and right exchanged. */
export function mirrored(set: LabelledImages): LabelledImages {
  const { side, images } = set;
  const from = (at: number) => at - (at % side) + (side - 1 - (at % side));
  return { ...set, images: images.map((_, at) => images[from(at)]!) };
}

/**
 * The images moved by whole pixels, down and to the right; what comes from outside is paper (0).
 * @throws when a distance is no whole number
 */
export function shifted(set: LabelledImages, down: number, right: number): LabelledImages {
  if (!Number.isInteger(down) || !Number.isInteger(right))
    throw new Error(`shifted: expected whole pixels down and right, got ${down} and ${right}`);
  const { side, images } = set;
  const inside = (place: number) => place >= 0 && place < side;
  const moved = images.map((_, at) => {
    const [row, column] = [(Math.floor(at / side) % side) - down, (at % side) - right];
    return inside(row) && inside(column) ? images[at - down * side - right]! : 0;
  });
  return { ...set, images: moved };
}
