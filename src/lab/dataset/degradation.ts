import type { About } from "#lab/dataset/about";
import { digits, imagesAt, type LabelledImages } from "#lab/dataset/digits";
import { normal } from "#lab/dataset/normal";
import { type Random, random } from "#lab/random";

/** Changes one square image: side × side pixels, rows from the top. It may leave the range 0 to 1. */
export type Degradation = (image: Float32Array, side: number, random: Random) => Float32Array;

/** How strong a degradation is: always alike, or drawn for each image, uniform between two ends. */
export type Strength = number | readonly [low: number, high: number];

const drawn = (strength: Strength, random: Random) =>
  typeof strength === "number" ? strength : strength[0] + (strength[1] - strength[0]) * random.next();

/** x + N(0, std²) at each pixel. */
export function noise(std: Strength): Degradation {
  return (image, _, random) => {
    const own = drawn(std, random);
    return image.map((value) => value + own * normal(random));
  };
}

/** The mean of the pixels within 3σ, along rows and then columns, weighted by exp(-d² / 2σ²); places outside do not count. */
export function blur(sigma: Strength): Degradation {
  return (image, side, random) => {
    const own = drawn(sigma, random);
    const reach = Math.ceil(3 * own);
    const along = (from: Float32Array, step: number, place: (at: number) => number) =>
      from.map((_, at) => {
        let [sum, total] = [0, 0];
        for (let d = -reach; d <= reach; d++) {
          if (place(at) + d < 0 || place(at) + d >= side) continue;
          const weight = Math.exp(-(d * d) / (2 * own * own));
          sum += weight * from[at + d * step]!;
          total += weight;
        }
        return sum / total;
      });
    const rows = along(image, 1, (at) => at % side);
    return along(rows, side, (at) => Math.floor(at / side));
  };
}

/** x + strength on streaks: a quarter of the columns, each over at least half of its height. */
export function rain(strength: Strength): Degradation {
  return (image, side, random) => {
    const wet = Float32Array.from(image);
    for (let column = 0; column < side; column++) {
      if (random.next() >= 0.25) continue;
      const length = Math.ceil((side * (1 + random.next())) / 2);
      const top = random.integer(side - length + 1);
      const own = drawn(strength, random);
      for (let row = top; row < top + length; row++) wet[row * side + column]! += own;
    }
    return wet;
  };
}

/** t x + (1 - t) a: what comes through the air, and the light of the air itself. */
export function haze(transmission: Strength, airlight: Strength): Degradation {
  return (image, _, random) => {
    const [t, a] = [drawn(transmission, random), drawn(airlight, random)];
    return image.map((value) => t * value + (1 - t) * a);
  };
}

/** The nearest of equally spaced levels, 0 and 1 among them; how many is rounded to a whole number. */
export function quantisation(levels: Strength): Degradation {
  return (image, _, random) => {
    const steps = Math.round(drawn(levels, random)) - 1;
    return image.map((value) => Math.round(value * steps) / steps);
  };
}

/** gain max(x, 0)^gamma: dark, and the darker parts most. */
export function lowLight(gain: Strength, gamma: Strength): Degradation {
  return (image, _, random) => {
    const [own, power] = [drawn(gain, random), drawn(gamma, random)];
    return image.map((value) => own * Math.max(value, 0) ** power);
  };
}

/** Degradations one after the other. */
export function inTurn(...degradations: readonly Degradation[]): Degradation {
  return (image, side, random) => degradations.reduce((now, degrade) => degrade(now, side, random), image);
}

/**
 * One to `most` of the degradations, chosen at random and in random order, anew for each image: the inputs of PROD
 * (pre-training with random order degradations, arXiv 2408.01099).
 * @throws when there are fewer than `most`
 */
export function randomOrder(degradations: readonly Degradation[], most = 3): Degradation {
  if (!(Number.isInteger(most) && most >= 1 && most <= degradations.length)) {
    throw new Error(`randomOrder: expected most from 1 to ${degradations.length}, got ${most}`);
  }
  return (image, side, random) => {
    const chosen = random.shuffle(degradations).slice(0, 1 + random.integer(most));
    return inTurn(...chosen)(image, side, random);
  };
}

/** What images are pre-trained on: five kinds, each as strong as chance has it. */
export const synthetic = {
  noise: noise([0.05, 0.25]),
  blur: blur([0.4, 1]),
  rain: rain([0.2, 0.6]),
  haze: haze([0.4, 0.8], [0.7, 1]),
  quantisation: quantisation([3, 6]),
} as const satisfies Record<string, Degradation>;

/**
 * What is to be undone after pre-training. Low light is no part of `synthetic`; the other two are compositions of its
 * kinds with strengths of their own, each about one in 180 of what `randomOrder` draws.
 */
export const tasks = {
  "low light": inTurn(lowLight(0.45, 1.6), blur(0.6), noise(0.06)),
  "blur, rain, quantisation": inTurn(blur(0.8), rain(0.5), quantisation(4)),
  "haze, noise, blur": inTurn(haze(0.6, 0.85), noise(0.15), blur(0.6)),
} as const satisfies Record<string, Degradation>;

/** The images degraded, each on its own, and then kept within 0 and 1. */
export function degraded(set: LabelledImages, degrade: Degradation, random: Random): LabelledImages {
  const { side, count } = set;
  const images = new Float32Array(set.images.length);
  for (let image = 0; image < count; image++) {
    const [start, end] = [image * side ** 2, (image + 1) * side ** 2];
    images.set(degrade(set.images.subarray(start, end), side, random), start);
  }
  return { ...set, images: images.map((value) => Math.min(1, Math.max(0, value))) };
}

export const about: About = {
  title: "Degraded digits",
  description:
    "Handwritten digits with noise, blur, rain, haze, few grey levels or little light, alone or composed: images to restore.",
  size: "As many as there are digits; the degradation of each image from a seed.",
  use: 'import { degraded, randomOrder, synthetic } from "#lab/dataset/degradation";\nimport { digits } from "#lab/dataset/digits";\nimport { random } from "#lab/random";\n\nconst { train } = await digits({ side: 8 });\nconst inputs = degraded(train, randomOrder(Object.values(synthetic)), random(0));',
  files: ["digits"],
  async samples() {
    const ten = imagesAt((await digits({ side: 8 })).train, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    return Object.entries({ ...synthetic, ...tasks }).map(([name, degrade]) => ({
      kind: "images",
      title: name[0]!.toUpperCase() + name.slice(1),
      ...degraded(ten, degrade, random(0)),
    }));
  },
};
