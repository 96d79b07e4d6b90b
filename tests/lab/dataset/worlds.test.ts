import { describe, expect, test } from "vitest";
import { clickLog } from "#lab/dataset/click-log";
import { gaussianMixture } from "#lab/dataset/gaussian-mixture";
import { cellAfter, room, walks } from "#lab/dataset/grid-world";
import { normal } from "#lab/dataset/normal";
import { pointClouds, solids } from "#lab/dataset/point-cloud";
import { random } from "#lab/random";

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

test("normal numbers have the moments and tails of N(0, 1)", () => {
  const draw = random(0);
  const values = Array.from({ length: 100_000 }, () => normal(draw));
  const moment = (k: number) => mean(values.map((value) => value ** k));
  // Within five standard errors: sqrt(E x^2k - (E x^k)^2) / sqrt(n).
  expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(1e5));
  expect(Math.abs(moment(2) - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(1e5));
  expect(Math.abs(moment(4) - 3)).toBeLessThan((5 * Math.sqrt(96)) / Math.sqrt(1e5));
  const share = values.filter((value) => value > 1.96).length / 1e5;
  expect(Math.abs(share - 0.025)).toBeLessThan(0.0025);
});

describe("grid world", () => {
  test("walks see what the room shows and move as the actions say", () => {
    const { observations, actions, cells } = walks(random(0), 200);
    for (let walk = 0; walk < 200; walk++) {
      for (let t = 0; t < 30; t++) {
        const at = walk * 30 + t;
        const [row, column] = [Math.floor(cells[at]! / 5), cells[at]! % 5];
        expect(String(observations[at])).toBe(room[row]![column]);
        if (t === 29) continue;
        const [down, right] = [Math.floor(cells[at + 1]! / 5) - row, (cells[at + 1]! % 5) - column];
        expect(["-1,0", "1,0", "0,-1", "0,1"][actions[at]!]).toBe(`${down},${right}`);
      }
    }
    expect(new Set(cells).size).toBe(20);
    expect(room.join("").split("0").length - 1).toBe(8);
    expect(walks(random(4), 3)).toEqual(walks(random(4), 3));
  });
  test("walls stop, and a ragged room is refused", () => {
    expect([0, 1, 2, 3].map((action) => cellAfter(0, action))).toEqual([undefined, 5, undefined, 1]);
    expect([0, 1, 2, 3].map((action) => cellAfter(19, action))).toEqual([14, undefined, 18, undefined]);
    expect(() => walks(random(0), 1, { layout: ["12", "3"] })).toThrow(
      "walks: expected rows of equally many digits",
    );
  });
});

describe("Gaussian mixture", () => {
  test("each group lies round its mean with its spread", () => {
    const { points, groups, means } = gaussianMixture(random(0), 8000, {
      components: 3,
      dimensions: 2,
      std: 0.5,
    });
    for (let group = 0; group < 3; group++) {
      const own = Array.from(groups).flatMap((g, i) => (g === group ? [i] : []));
      expect(own.length / 8000).toBeCloseTo(1 / 3, 1);
      for (const axis of [0, 1]) {
        const values = own.map((i) => points[2 * i + axis]!);
        const middle = means[2 * group + axis]!;
        expect(Math.abs(mean(values) - middle)).toBeLessThan((5 * 0.5) / Math.sqrt(own.length));
        expect(Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))).toBeCloseTo(0.5, 1);
      }
    }
    const fixed = gaussianMixture(random(0), 10, { components: 1, std: 0, means: Float32Array.of(2, -1) });
    expect(Array.from(fixed.points.subarray(0, 4))).toEqual([2, -1, 2, -1]);
    expect(() => gaussianMixture(random(0), 1, { means: Float32Array.of(1) })).toThrow(
      "expected means [4, 2], got 1",
    );
  });
});

describe("click log", () => {
  test("clicks follow their log-odds, which items and fields decide", () => {
    const { items, clicks, logOdds } = clickLog(random(0), 20_000);
    expect([items.length, clicks.length]).toEqual([120_000, 20_000]);
    expect(Math.sqrt(mean(logOdds.map((z) => z * z)) - mean(logOdds) ** 2)).toBeCloseTo(2.5, 3);
    for (const [low, high] of [
      [-3, -2],
      [-0.5, 0.5],
      [2, 3],
    ] as const) {
      const rows = Array.from(logOdds).flatMap((z, i) => (z >= low && z < high ? [i] : []));
      const expected = mean(rows.map((i) => 1 / (1 + Math.exp(-logOdds[i]!))));
      expect(Math.abs(mean(rows.map((i) => clicks[i]!)) - expected)).toBeLessThan(3 / Math.sqrt(rows.length));
    }
  });
  test("the best score has the AUC that the card measured on its logs, 0.86 to 0.91", () => {
    for (const seed of [0, 1, 2]) {
      const { clicks, logOdds } = clickLog(random(seed), 6000);
      const order = Array.from(logOdds.keys()).sort((a, b) => logOdds[a]! - logOdds[b]!);
      const positives = clicks.filter((click) => click === 1).length;
      const ranks = order.reduce((sum, row, rank) => sum + (clicks[row] ? rank + 1 : 0), 0);
      const auc = (ranks - (positives * (positives + 1)) / 2) / (positives * (6000 - positives));
      expect(auc).toBeGreaterThan(0.86);
      expect(auc).toBeLessThan(0.91);
    }
    expect(clickLog(random(1), 50)).toEqual(clickLog(random(1), 50));
    expect(() => clickLog(random(0), 1)).toThrow("clickLog: expected a count of 2 or more, got 1");
  });
});

describe("point clouds", () => {
  test("are centred, of length 1, the solids in turn", () => {
    const { points, labels, perCloud } = pointClouds(random(0), 16);
    expect(points).toHaveLength(16 * 192 * 3);
    expect(Array.from(labels)).toEqual([...solids.keys(), ...solids.keys()]);
    for (let cloud = 0; cloud < 16; cloud++) {
      const own = points.subarray(cloud * perCloud * 3, (cloud + 1) * perCloud * 3);
      for (const axis of [0, 1, 2]) expect(mean(own.filter((_, i) => i % 3 === axis))).toBeCloseTo(0, 5);
      const lengths = Array.from({ length: perCloud }, (_, i) =>
        Math.hypot(own[3 * i]!, own[3 * i + 1]!, own[3 * i + 2]!),
      );
      expect(Math.max(...lengths)).toBeCloseTo(1, 5);
    }
    expect(pointClouds(random(2), 8)).toEqual(pointClouds(random(2), 8));
    expect(() => pointClouds(random(0), 1, { perCloud: 1 })).toThrow(
      "pointClouds: expected 2 or more points",
    );
  });
  test("a sphere is an ellipsoid's surface, a torus has a hole, a cube does not reach far beyond its faces", () => {
    const { points, perCloud } = pointClouds(random(3), 8, { perCloud: 2000, noise: 0 });
    const radii = (cloud: number) =>
      Array.from({ length: perCloud }, (_, i) =>
        Math.hypot(...points.subarray((cloud * perCloud + i) * 3, (cloud * perCloud + i) * 3 + 3)),
      );
    expect(Math.min(...radii(0))).toBeGreaterThan(0.65); // stretched by at most 1.1 / 0.8
    expect(Math.min(...radii(5))).toBeGreaterThan(0.3); // tube 0.5 from the middle of 1 before the stretch
    expect(Math.min(...radii(1))).toBeGreaterThan(0.35); // face at 1/√3 of the corner before the stretch
    expect(Math.min(...radii(1))).toBeLessThan(0.65);
  });
});
