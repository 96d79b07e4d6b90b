import { normal } from "#lab/dataset/normal";
import { type Random, random } from "#lab/random";
import type { About } from "#lab/dataset/about";

export const solids = [
  "sphere",
  "cube",
  "box",
  "cylinder",
  "cone",
  "torus",
  "hexagonal prism",
  "square pyramid",
] as const;

export interface PointClouds {
  points: Float32Array; // [count, perCloud, 3]
  /** Index in `solids`. */
  labels: Int32Array; // [count]
  perCloud: number;
}

type Point = [number, number, number];

/**
 * Clouds of points on the surfaces of eight solids, the solids in turn: each turned by any yaw and tilted by up to 0.4
 * radians, stretched by 0.8 to 1.1 along each axis, with noise of standard deviation 0.02, centred, and scaled so that the
 * farthest point has length 1.
 */
export function pointClouds(
  random: Random,
  count: number,
  { perCloud = 192, noise = 0.02 } = {},
): PointClouds {
  if (!(Number.isInteger(perCloud) && perCloud >= 2))
    throw new Error(`pointClouds: expected 2 or more points in a cloud, got ${perCloud}`);
  const points = new Float32Array(count * perCloud * 3);
  const labels = Int32Array.from({ length: count }, (_, cloud) => cloud % solids.length);
  labels.forEach((label, cloud) => {
    const [yaw, tilt] = [2 * Math.PI * random.next(), 0.4 * (2 * random.next() - 1)];
    const stretch = [0, 0, 0].map(() => 0.8 + 0.3 * random.next());
    const one = Array.from({ length: perCloud }, () => {
      const [x, y, z] = onSurface(label, random).map((value, axis) => value * stretch[axis]!) as Point;
      const turned: Point = [Math.cos(yaw) * x - Math.sin(yaw) * y, Math.sin(yaw) * x + Math.cos(yaw) * y, z];
      const [u, v, w] = turned;
      const tilted: Point = [
        u,
        Math.cos(tilt) * v - Math.sin(tilt) * w,
        Math.sin(tilt) * v + Math.cos(tilt) * w,
      ];
      return tilted.map((value) => value + noise * normal(random));
    });
    const middle = [0, 1, 2].map((axis) => one.reduce((sum, point) => sum + point[axis]!, 0) / perCloud);
    const centred = one.map((point) => point.map((value, axis) => value - middle[axis]!));
    const farthest = Math.max(...centred.map((point) => Math.hypot(...point)));
    points.set(
      centred.flat().map((value) => value / farthest),
      cloud * perCloud * 3,
    );
  });
  return { points, labels, perCloud };
}

/** A random point on the surface of a solid about the origin, some 2 wide. */
function onSurface(label: number, random: Random): Point {
  const side = () => 2 * random.next() - 1;
  switch (solids[label]) {
    case "sphere": {
      const point = [normal(random), normal(random), normal(random)];
      const length = Math.hypot(...point);
      return point.map((value) => value / length) as Point;
    }
    case "cube":
      return onBox([1, 1, 1], random);
    case "box":
      return onBox([1, 0.6, 0.35], random);
    case "cylinder": {
      const angle = 2 * Math.PI * random.next();
      // Areas: the mantle 2π·0.6·2, both lids together 2π·0.6².
      const onLid = random.next() < 0.6 / 2.6;
      const radius = onLid ? 0.6 * Math.sqrt(random.next()) : 0.6;
      return [radius * Math.cos(angle), radius * Math.sin(angle), onLid ? Math.sign(side()) : side()];
    }
    case "cone": {
      const angle = 2 * Math.PI * random.next();
      const radius = 0.9 * Math.sqrt(random.next());
      const onBase = random.next() < 0.9 / (0.9 + Math.hypot(0.9, 2));
      return [radius * Math.cos(angle), radius * Math.sin(angle), onBase ? -1 : 1 - (2 * radius) / 0.9];
    }
    case "torus": {
      const [around, tube] = [2 * Math.PI * random.next(), 2 * Math.PI * random.next()];
      const radius = 0.75 + 0.25 * Math.cos(tube);
      return [radius * Math.cos(around), radius * Math.sin(around), 0.25 * Math.sin(tube)];
    }
    case "hexagonal prism": {
      const [corner, along] = [random.integer(6), random.next()];
      const at = (k: number) =>
        [0.8 * Math.cos((Math.PI * k) / 3), 0.8 * Math.sin((Math.PI * k) / 3)] as const;
      const [from, to] = [at(corner), at(corner + 1)];
      const reach = random.next() < 0.25 ? Math.sqrt(random.next()) : 1;
      const z = reach < 1 ? Math.sign(side()) : side();
      return [
        reach * (from[0] + along * (to[0] - from[0])),
        reach * (from[1] + along * (to[1] - from[1])),
        z,
      ];
    }
    default: {
      // Square pyramid: the rim of a square that shrinks towards the top, or the base.
      if (random.next() < 0.3) return [0.9 * side(), 0.9 * side(), -0.7];
      const shrink = Math.sqrt(random.next());
      const [along, edge] = [side(), random.integer(4)];
      const [x, y] = [
        [1, along],
        [-1, along],
        [along, 1],
        [along, -1],
      ][edge] as [number, number];
      return [0.9 * shrink * x, 0.9 * shrink * y, 0.7 - 1.4 * shrink];
    }
  }
}

function onBox(half: Point, random: Random): Point {
  // A face's share is its area: the product of the other two sides.
  const areas = [half[1] * half[2], half[0] * half[2], half[0] * half[1]];
  let left = random.next() * (areas[0]! + areas[1]! + areas[2]!);
  let axis = 0;
  while (axis < 2 && (left -= areas[axis]!) >= 0) axis++;
  return half.map(
    (reach, i) => reach * (i === axis ? (random.integer(2) === 0 ? -1 : 1) : 2 * random.next() - 1),
  ) as Point;
}

export const about: About = {
  title: "Point clouds",
  description:
    "Points on the surfaces of eight solids, turned, stretched and noisy: sphere, cube, box, cylinder and others.",
  size: "Any number of clouds, from a seed; 192 points each unless asked otherwise; eight solids in turn.",
  use: 'import { pointClouds } from "#lab/dataset/point-cloud";\nimport { random } from "#lab/random";\n\nconst { points, labels } = pointClouds(random(0), 640); // [640, 192, 3], [640]',
  samples() {
    const { points, perCloud } = pointClouds(random(0), 8, { perCloud: 300 });
    return solids.map((title, cloud) => ({
      kind: "points" as const,
      title: `A ${title}, seen from the front`,
      points: Float32Array.from({ length: 2 * perCloud }, (_, at) => {
        const point = (cloud * perCloud + Math.floor(at / 2)) * 3;
        return at % 2 === 0 ? points[point]! : points[point + 2]!;
      }),
    }));
  },
};
