import type { LabelledImages } from "#lab/dataset/digits";
import { normal } from "#lab/dataset/normal";
import { type Random, random } from "#lab/random";
import type { About } from "#lab/dataset/about";

export const shapeKinds = ["disc", "square", "triangle", "cross"] as const;
export const textureKinds = ["plain", "rows", "columns", "checks"] as const;

/** Images of one shape each, filled with a texture. */
export interface ShapeImages extends LabelledImages {
  /** Index in `textureKinds`; `labels` is the index in `shapeKinds`. */
  textures: Int32Array; // [count]
  /** 1 inside the shape. */
  masks: Uint8Array; // [count, side * side]
}

/**
 * One shape filled with one texture on a wavy background, with noise of standard deviation 0.04: the shape, the texture and
 * the mask of each. All 16 pairs take turns; place and size are random.
 * @throws when the side is below 12 pixels, which leaves no room for a texture
 */
export function shapes(random: Random, count: number, { side = 32, noise = 0.04 } = {}): ShapeImages {
  if (!(Number.isInteger(side) && side >= 12))
    throw new Error(`shapes: expected a side of 12 or more, got ${side}`);
  const images = new Float32Array(count * side * side);
  const masks = new Uint8Array(count * side * side);
  const labels = Int32Array.from({ length: count }, (_, image) => image % 4);
  const textures = Int32Array.from({ length: count }, (_, image) => Math.floor(image / 4) % 4);
  for (let image = 0; image < count; image++) {
    const radius = side * (0.2 + 0.12 * random.next());
    const middle = () => radius + (side - 1 - 2 * radius) * random.next();
    const [x0, y0] = [middle(), middle()];
    const [wave, phase] = [0.2 + 0.3 * random.next(), 2 * Math.PI * random.next()];
    for (let at = 0; at < side * side; at++) {
      const [x, y] = [at % side, Math.floor(at / side)];
      const inside = isInside(labels[image]!, (x - x0) / radius, (y - y0) / radius);
      const background = 0.2 + 0.1 * Math.sin(wave * (x + y) + phase);
      const value = inside ? ink(textures[image]!, x, y) : background;
      masks[image * side * side + at] = inside ? 1 : 0;
      images[image * side * side + at] = Math.min(1, Math.max(0, value + noise * normal(random)));
    }
  }
  return { images, labels, textures, masks, count, side };
}

/** Whether a point, in units of the shape's radius from its middle, y downwards, is inside. */
function isInside(shape: number, x: number, y: number): boolean {
  if (shape === 0) return x * x + y * y <= 1;
  if (shape === 1) return Math.max(Math.abs(x), Math.abs(y)) <= 0.85;
  if (shape === 2) return y <= 0.9 && Math.abs(x) <= (y + 1) / 2;
  return Math.min(Math.abs(x), Math.abs(y)) <= 0.3 && Math.max(Math.abs(x), Math.abs(y)) <= 1;
}

function ink(texture: number, x: number, y: number): number {
  const [column, row] = [Math.floor(x / 2) % 2, Math.floor(y / 2) % 2];
  return texture === 0 || [0, row, column, (row + column) % 2][texture] === 1 ? 0.9 : 0.5;
}

export const about: About = {
  title: "Shapes and textures",
  description:
    "Discs, squares, triangles and crosses filled with four textures, each with its mask, on a wavy background.",
  size: "Any number, from a seed; 32×32 pixels unless asked otherwise; all 16 pairs of shape and texture in turn.",
  use: 'import { shapes } from "#lab/dataset/shapes";\nimport { random } from "#lab/random";\n\nconst { images, labels, textures, masks } = shapes(random(0), 320);',
  samples() {
    const drawn = shapes(random(0), 16);
    const labels = Array.from(
      drawn.labels,
      (label, i) => `${shapeKinds[label]}, ${textureKinds[drawn.textures[i]!]}`,
    );
    return [{ kind: "images", title: "Each shape with each texture", ...drawn, labels }];
  },
};
