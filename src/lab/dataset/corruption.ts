import { type LabelledImages, digits, imagesAt } from "#lab/dataset/digits";
import { normal } from "#lab/dataset/normal";
import { type Random, random } from "#lab/random";
import type { About } from "#lab/dataset/about";

/**
 * The images turned about their middle, each by its own angle (radians; positive turns anticlockwise as seen), with
 * bilinear interpolation; what comes from outside is paper (0).
 * @throws when there is not one angle, or one for each image
 */
export function rotated(set: LabelledImages, angles: number | ArrayLike<number>): LabelledImages {
  const { side, count } = set;
  if (typeof angles !== "number" && angles.length !== count)
    throw new Error(`rotated: expected one angle or ${count}, got ${angles.length}`);
  const middle = (side - 1) / 2;
  const images = new Float32Array(set.images.length);
  for (let image = 0; image < count; image++) {
    const angle = typeof angles === "number" ? angles : angles[image]!;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const [x, y] = [column - middle, row - middle];
        const from = { x: middle + cos * x - sin * y, y: middle + sin * x + cos * y };
        images[(image * side + row) * side + column] = interpolated(set, image, from.y, from.x);
      }
    }
  }
  return { ...set, images };
}

function interpolated({ images, side }: LabelledImages, image: number, y: number, x: number): number {
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const at = (row: number, column: number) =>
    row < 0 || column < 0 || row >= side || column >= side
      ? 0
      : images[(image * side + row) * side + column]!;
  const [down, right] = [y - top, x - left];
  return (
    (1 - down) * ((1 - right) * at(top, left) + right * at(top, left + 1)) +
    down * ((1 - right) * at(top + 1, left) + right * at(top + 1, left + 1))
  );
}

/** The images with ink and paper exchanged: 1 - x. */
export function inverted(set: LabelledImages): LabelledImages {
  return { ...set, images: set.images.map((ink) => 1 - ink) };
}

/** The images plus N(0, std²) at each pixel, kept within 0 and 1. */
export function noisy(set: LabelledImages, random: Random, std: number): LabelledImages {
  if (!(std >= 0)) throw new Error(`noisy: expected a std of 0 or more, got ${std}`);
  return { ...set, images: set.images.map((ink) => Math.min(1, Math.max(0, ink + std * normal(random)))) };
}

/**
 * Each image at a random place of a canvas, whose every pixel has U[0, clutter] or the image's ink, whichever is more.
 * With 14×14 digits on 28×28 and clutter 0.25, the images that `tiny-vit-clutter` is trained on.
 * @throws when the canvas is smaller than the images
 */
export function cluttered(
  set: LabelledImages,
  random: Random,
  { canvas = 28, clutter = 0.25 } = {},
): LabelledImages {
  const { side, count } = set;
  if (!(canvas >= side))
    throw new Error(`cluttered: expected a canvas of at least ${side} pixels, got ${canvas}`);
  const images = new Float32Array(count * canvas * canvas);
  for (let image = 0; image < count; image++) {
    const start = image * canvas * canvas;
    for (let at = start; at < start + canvas * canvas; at++) images[at] = clutter * random.next();
    const [top, left] = [random.integer(canvas - side + 1), random.integer(canvas - side + 1)];
    for (let i = 0; i < side * side; i++) {
      const at = start + (top + Math.floor(i / side)) * canvas + left + (i % side);
      images[at] = Math.max(images[at]!, set.images[image * side * side + i]!);
    }
  }
  return { ...set, images, side: canvas };
}

export const about: About = {
  title: "Rotated and corrupted digits",
  description:
    "The handwritten digits turned, inverted, noisy or small on a cluttered canvas: domains to transfer to.",
  size: "As many as there are digits; every angle, noise and place from a seed.",
  use: 'import { noisy, rotated } from "#lab/dataset/corruption";\nimport { digits } from "#lab/dataset/digits";\nimport { random } from "#lab/random";\n\nconst { train } = await digits();\nconst turned = noisy(rotated(train, 0.6), random(0), 0.2);',
  files: ["digits"],
  async samples() {
    const ten = imagesAt((await digits()).train, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const small = imagesAt((await digits({ side: 14 })).train, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    return [
      { kind: "images", title: "Turned by 0.6 radians", ...rotated(ten, 0.6) },
      { kind: "images", title: "With noise of standard deviation 0.2", ...noisy(ten, random(0), 0.2) },
      { kind: "images", title: "Inverted", ...inverted(ten) },
      {
        kind: "images",
        title: "14×14 pixels on a cluttered canvas of 28×28",
        ...cluttered(small, random(0)),
      },
    ];
  },
};
