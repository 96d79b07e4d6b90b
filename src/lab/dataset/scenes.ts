import { normal } from "#lab/dataset/normal";
import { type Random, random } from "#lab/random";
import type { About } from "#lab/dataset/about";

/** What a pixel of a scene can be of. */
export const sceneClasses = ["background", "disc", "square"] as const;

/** Images of several objects, and what each of their pixels is of. */
export interface Scenes {
  /** Grey from 0 to 1, rows from the top. */
  images: Float32Array; // [count, side * side]
  /** Index in `sceneClasses`. */
  classes: Int32Array; // [count, side * side]
  count: number;
  side: number;
}

/** What may be varied in scenes. */
export interface SceneOptions {
  /** In pixels. */
  side?: number;
  /** How many objects there are in each; one may cover another. */
  objects?: number;
  /** Standard deviation of the noise at each pixel. */
  noise?: number;
}

/** How much lighter or darker an object is than its background, at least. */
const contrast = 0.2;

/**
 * Discs and squares of random grey on a background of random grey, three to a scene, whole and anywhere, with noise of
 * standard deviation 0.12: a small world for dense prediction. A disc has a radius of 0.11 to 0.22 sides, and a square
 * the area of such a disc; an object hides what was put there before it.
 * @throws when the side is below 16 pixels, there is no object, or the noise is negative
 */
export function scenes(
  random: Random,
  count: number,
  { side = 32, objects = 3, noise = 0.12 }: SceneOptions = {},
): Scenes {
  if (!(Number.isInteger(side) && side >= 16))
    throw new Error(`scenes: expected a side of 16 or more, got ${side}`);
  if (!(Number.isInteger(objects) && objects >= 1))
    throw new Error(`scenes: expected 1 object or more, got ${objects}`);
  if (!(noise >= 0)) throw new Error(`scenes: expected noise of 0 or more, got ${noise}`);
  const images = new Float32Array(count * side ** 2);
  const classes = new Int32Array(count * side ** 2);
  for (let scene = 0; scene < count; scene++) {
    const start = scene * side ** 2;
    const background = random.next();
    images.fill(background, start, start + side ** 2);
    for (let object = 0; object < objects; object++) {
      const kind = 1 + random.integer(2);
      const radius = side * (0.11 + 0.11 * random.next());
      const place = () => radius + (side - 1 - 2 * radius) * random.next();
      const [x0, y0, grey] = [place(), place(), greyBeside(random, background)];
      for (let at = 0; at < side ** 2; at++) {
        if (!covers(kind, (at % side) - x0, Math.floor(at / side) - y0, radius)) continue;
        images[start + at] = grey;
        classes[start + at] = kind;
      }
    }
    for (let at = start; at < start + side ** 2; at++)
      images[at] = Math.min(1, Math.max(0, images[at]! + noise * normal(random)));
  }
  return { images, classes, count, side };
}

/** A grey that can be told from the background's, uniform over all such. */
function greyBeside(random: Random, background: number): number {
  const darker = Math.max(0, background - contrast);
  const lighter = Math.max(0, 1 - contrast - background);
  const at = (darker + lighter) * random.next();
  return at < darker ? at : background + contrast + at - darker;
}

/** Whether an object covers a point, given from its middle in pixels. */
function covers(kind: number, x: number, y: number, radius: number): boolean {
  if (kind === 1) return x * x + y * y <= radius ** 2;
  return Math.max(Math.abs(x), Math.abs(y)) <= (Math.sqrt(Math.PI) / 2) * radius;
}

export const about: About = {
  title: "Scenes of discs and squares",
  description:
    "Three discs or squares of random grey on a noisy background, with the class of every pixel: for dense prediction.",
  size: "Any number, from a seed; 32×32 pixels and three objects unless asked otherwise.",
  use: 'import { scenes } from "#lab/dataset/scenes";\nimport { random } from "#lab/random";\n\nconst { images, classes } = scenes(random(0), 64); // [64, 32 * 32] each',
  samples() {
    const { images, classes, count, side } = scenes(random(0), 10);
    const labels = Array.from({ length: count }, (_, scene) => `scene ${scene + 1}`);
    const shades = Float32Array.from(classes, (kind) => kind / 2);
    return [
      { kind: "images", title: "Ten scenes", images, side, labels },
      { kind: "images", title: "Their classes: disc grey, square black", images: shades, side, labels },
    ];
  },
};
