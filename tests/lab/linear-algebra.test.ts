import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  principalAngles,
  qr,
  randomOrthogonal,
  readMatrix,
  singularValues,
  type SmallMatrix,
  smallMatrix,
  solve,
  symmetricEigen,
  toTensor,
} from "#lab/linear-algebra";
import { random } from "#lab/random";
import { expectClose, onEachDevice } from "./device-case";
import { type Matrix, numbers, product, rows } from "./reference";

const given = (shape: [number, number], seed: number) =>
  smallMatrix(numbers(shape[0] * shape[1], seed), shape);
const loops = ({ values, shape }: SmallMatrix): Matrix => rows(values, shape[1]);
const transposed = (a: Matrix): Matrix => a[0]!.map((_, j) => a.map((row) => row[j]!));
const diagonal = (values: ArrayLike<number>): Matrix =>
  Array.from(values, (value, i) => Array.from(values, (_, j) => (i === j ? value : 0)));
const identity = (size: number) => diagonal(new Array<number>(size).fill(1));

function expectEqual(got: Matrix, expected: Matrix, tolerance = 1e-12): void {
  expect(got.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  const errors = got.flatMap((row, i) => row.map((value, j) => Math.abs(value - expected[i]![j]!)));
  expect(Math.max(...errors)).toBeLessThan(tolerance);
}
const expectOrthonormal = (a: SmallMatrix) =>
  expectEqual(product(transposed(loops(a)), loops(a)), identity(a.shape[1]));

describe.each<[number, number]>([
  [4, 4],
  [6, 3],
  [3, 6],
  [5, 1],
])("singularValues of [%i, %i]", (height, width) => {
  const A = given([height, width], 1);
  const { U, S, V } = singularValues(A);
  test("rebuild the matrix from orthonormal factors", () => {
    expect(S).toHaveLength(Math.min(height, width));
    expectOrthonormal(U);
    expectOrthonormal(V);
    expectEqual(product(product(loops(U), diagonal(S)), transposed(loops(V))), loops(A));
  });
  test("fall, and hold the matrix's norm", () => {
    expect(Array.from(S)).toEqual([...S].sort((a, b) => b - a));
    const norm = (values: Float64Array) => values.reduce((sum, x) => sum + x * x, 0);
    expect(norm(S)).toBeCloseTo(norm(A.values), 12);
  });
});

test("singular values of a matrix known by hand, and of one of rank 1", () => {
  expect(Array.from(singularValues(smallMatrix([3, 0, 4, 5], [2, 2])).S)[0]).toBeCloseTo(Math.sqrt(45), 12);
  const { S } = singularValues(smallMatrix([1, 2, 2, 4, 3, 6], [3, 2]));
  expect(S[0]).toBeCloseTo(Math.sqrt(70), 12);
  expect(S[1]).toBeLessThan(1e-12);
});

describe("qr", () => {
  test("is the Gram-Schmidt process", () => {
    const A = given([5, 3], 2);
    const { Q, R } = qr(A);
    const columns: number[][] = [];
    for (const column of transposed(loops(A))) {
      const rest = [...column];
      for (const done of columns) {
        const along = done.reduce((sum, x, i) => sum + x * column[i]!, 0);
        done.forEach((x, i) => (rest[i]! -= along * x));
      }
      const length = Math.hypot(...rest);
      columns.push(rest.map((x) => x / length));
    }
    expectEqual(loops(Q), transposed(columns));
    expectEqual(product(loops(Q), loops(R)), loops(A));
    for (const i of [3, 6, 7]) expect(Math.abs(R.values[i]!)).toBe(0);
    for (const i of [0, 4, 8]) expect(R.values[i]).toBeGreaterThan(0);
  });
  test("names what has too many columns", () => {
    expect(() => qr(given([2, 3], 1))).toThrow("qr: expected no more columns than rows, got shape [2,3]");
  });
});

describe("symmetricEigen", () => {
  test("finds known eigenvalues, from the largest down", () => {
    // The second difference of 4 points: 2 - 2 cos(π k / 5).
    const A = smallMatrix([2, -1, 0, 0, -1, 2, -1, 0, 0, -1, 2, -1, 0, 0, -1, 2], [4, 4]);
    const { values, vectors } = symmetricEigen(A);
    [4, 3, 2, 1].forEach((k, i) => expect(values[i]).toBeCloseTo(2 - 2 * Math.cos((Math.PI * k) / 5), 12));
    expectOrthonormal(vectors);
    const columns = loops(vectors);
    expectEqual(product(loops(A), columns), product(columns, diagonal(values)));
  });
  test("refuses what is not symmetric", () => {
    expect(() => symmetricEigen(given([3, 3], 1))).toThrow("expected a symmetric matrix, got shape [3,3]");
    expect(() => symmetricEigen(given([2, 3], 1))).toThrow("got shape [2,3]");
  });
});

describe("solve", () => {
  test("finds what the product came from", () => {
    const [A, X] = [given([4, 4], 3), given([4, 2], 4)];
    const B = smallMatrix(product(loops(A), loops(X)).flat(), [4, 2]);
    expectEqual(loops(solve(A, B)), loops(X), 1e-10);
  });
  test("names what has no solution", () => {
    const singular = smallMatrix([1, 2, 2, 4], [2, 2]);
    expect(() => solve(singular, singular)).toThrow("solve: expected a matrix that can be inverted");
    expect(() => solve(singular, given([3, 1], 1))).toThrow("got shapes [2,2] and [3,1]");
  });
});

describe("principalAngles", () => {
  test("between lines and planes turned by known angles, tiny ones too", () => {
    for (const angle of [1e-9, 0.3, Math.PI / 2]) {
      const line = smallMatrix([Math.cos(angle), Math.sin(angle), 0], [3, 1]);
      const [found] = principalAngles(smallMatrix([2, 0, 0], [3, 1]), line);
      expect(Math.abs(found! - angle)).toBeLessThan(1e-15 + 1e-12 * angle);
    }
    // Two planes of R⁴, turned by 0.2 and 1.1 in two planes that stand across each other.
    const [c, s, d, e] = [Math.cos(0.2), Math.sin(0.2), Math.cos(1.1), Math.sin(1.1)];
    const [A, B] = [
      smallMatrix([1, 0, 0, 1, 0, 0, 0, 0], [4, 2]),
      smallMatrix([c, 0, 0, d, s, 0, 0, e], [4, 2]),
    ];
    const mixed = smallMatrix(
      product(loops(B), [
        [2, 1],
        [-1, 3],
      ]).flat(),
      [4, 2],
    ); // the same plane
    for (const other of [B, mixed]) {
      const [small, large] = principalAngles(A, other);
      expect(small).toBeCloseTo(0.2, 12);
      expect(large).toBeCloseTo(1.1, 12);
    }
  });
  test("of a space within another are 0, whichever comes first", () => {
    const A = given([6, 4], 5);
    const B = smallMatrix(product(loops(A), loops(given([4, 2], 6))).flat(), [6, 2]);
    for (const angles of [principalAngles(A, B), principalAngles(B, A)]) {
      expect(angles).toHaveLength(2);
      expect(Math.max(...angles)).toBeLessThan(1e-12);
    }
  });
  test("names what spans no such space", () => {
    expect(() => principalAngles(given([3, 1], 1), given([4, 1], 1))).toThrow("got [3,1] and [4,1]");
    const flat = smallMatrix([1, 2, 2, 4, 3, 6], [3, 2]);
    expect(() => principalAngles(flat, flat)).toThrow("expected columns that do not depend on each other");
  });
});

test("smallMatrix names numbers that do not fit", () => {
  expect(() => smallMatrix([1, 2, 3], [2, 2])).toThrow("smallMatrix: expected 2 × 2 finite numbers, got 3");
  expect(() => smallMatrix([1, NaN], [1, 2])).toThrow("got [1,NaN]");
});

onEachDevice(() => {
  test("tensors go in and out", async () => {
    const values = numbers(6, 7);
    const A = await readMatrix(tf.add(tf.tensor2d(values, [3, 2]), 0));
    expect(A.shape).toEqual([3, 2]);
    expect(Array.from(A.values)).toEqual(values);
    await expectClose(toTensor(A), values, 1e-7);
  });
  test("randomOrthogonal is orthogonal, seeded, and leaves no tensor", async () => {
    const before = tf.memory().numTensors;
    const Q = await randomOrthogonal(random(5), 6);
    expect(tf.memory().numTensors).toBe(before);
    expectOrthonormal(Q);
    expect(await randomOrthogonal(random(5), 6)).toEqual(Q);
    expect(await randomOrthogonal(random(6), 6)).not.toEqual(Q);
  });
});

test("randomOrthogonal is uniform: no entry leans to a sign, and each has the variance 1/size", async () => {
  const draw = random(1);
  const [sum, squares] = [new Float64Array(9), new Float64Array(9)];
  for (let trial = 0; trial < 1000; trial++) {
    (await randomOrthogonal(draw, 3)).values.forEach((x, i) => {
      sum[i]! += x / 1000;
      squares[i]! += (x * x) / 1000;
    });
  }
  // Standard errors: 0.018 of the mean, 0.0094 of the mean square.
  for (const x of sum) expect(Math.abs(x)).toBeLessThan(0.08);
  for (const x of squares) expect(Math.abs(x - 1 / 3)).toBeLessThan(0.04);
});
