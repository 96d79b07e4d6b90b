import { normal } from "#lab/dataset/normal";
import { type Random, random } from "#lab/random";
import type { About } from "#lab/dataset/about";

export interface Mixture {
  points: Float32Array; // [count, dimensions]
  /** Which component each point is from. */
  groups: Int32Array; // [count]
  means: Float32Array; // [components, dimensions]
}

/**
 * Points of a mixture of round Gaussians: component k uniform, x ~ N(mean_k, std² I), means ~ N(0, spread² I) unless they
 * are given.
 * @throws when the given means do not fill the components
 */
export function gaussianMixture(
  random: Random,
  count: number,
  options: {
    components?: number;
    dimensions?: number;
    spread?: number;
    std?: number;
    means?: Float32Array;
  } = {},
): Mixture {
  const { components = 4, dimensions = 2, spread = 3, std = 0.5 } = options;
  if (!(Number.isInteger(components) && components >= 1 && Number.isInteger(dimensions) && dimensions >= 1))
    throw new Error(
      `gaussianMixture: expected whole components and dimensions, got ${components} and ${dimensions}`,
    );
  if (options.means && options.means.length !== components * dimensions)
    throw new Error(
      `gaussianMixture: expected means [${components}, ${dimensions}], got ${options.means.length} numbers`,
    );
  const means =
    options.means ?? Float32Array.from({ length: components * dimensions }, () => spread * normal(random));
  const groups = random.integers(count, components);
  const points = Float32Array.from(
    { length: count * dimensions },
    (_, at) =>
      means[groups[Math.floor(at / dimensions)]! * dimensions + (at % dimensions)]! + std * normal(random),
  );
  return { points, groups, means };
}

export const about: About = {
  title: "Gaussian mixtures",
  description:
    "Points of round Gaussians around random means, in any number of dimensions, with the component of each.",
  size: "Any number, from a seed.",
  use: 'import { gaussianMixture } from "#lab/dataset/gaussian-mixture";\nimport { random } from "#lab/random";\n\nconst { points, groups } = gaussianMixture(random(0), 500, { components: 4 });',
  samples() {
    const { points, groups } = gaussianMixture(random(1), 400);
    return [{ kind: "points", title: "400 points of four components", points, groups }];
  },
};
