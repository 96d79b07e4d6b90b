import { expect, test } from "vitest";
import { smallMatrix } from "#lab/linear-algebra";
import { linearProbe, probeAccuracy } from "#zoo/linear-probe";
import { numbers } from "#tests/lab/reference";

/** Two classes on a line, by bisection: the threshold that logistic regression with this penalty comes to. */
function thresholdByDescent(x: number[], y: number[], penalty: number): number {
  const mean = x.reduce((sum, value) => sum + value / x.length, 0);
  const rate = Math.sqrt(x.length / x.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  const z = x.map((value) => (value - mean) * rate);
  // Two classes have opposite weights ±w: logit difference 2 w z + 2 b, penalty ½ λ (w² + w²).
  let [w, b] = [0, 0];
  for (let step = 0; step < 200_000; step++) {
    let [dw, db] = [2 * penalty * w, 0];
    z.forEach((value, i) => {
      const p = 1 / (1 + Math.exp(-2 * (w * value + b)));
      dw += (2 * (p - y[i]!) * value) / z.length;
      db += (2 * (p - y[i]!)) / z.length;
    });
    [w, b] = [w - 0.2 * dw, b - 0.2 * db];
  }
  return mean - b / w / rate;
}

test("is the logistic regression that plain descent comes to", () => {
  const x = [-3, -2.2, -1, 0.4, 0.1, 1.5, 2, 6, 3.3];
  const y = [0, 0, 0, 0, 1, 0, 1, 1, 1];
  const threshold = thresholdByDescent(x, y, 0.01);
  const classify = linearProbe(
    { features: smallMatrix(x, [9, 1]), labels: y },
    { classes: 2, penalty: 0.01, tolerance: 1e-10, iterations: 5000 },
  );
  const near = smallMatrix([threshold - 1e-4, threshold + 1e-4], [2, 1]);
  expect(Array.from(classify(near))).toEqual([0, 1]);
});

test("finds three classes that lines separate, wherever the features lie and however large they are", () => {
  const count = 300;
  const given = numbers(2 * count, 3);
  const labels = Array.from({ length: count }, (_, i) => {
    const [a, b] = [given[2 * i]!, given[2 * i + 1]!];
    return a > 0.3 ? 0 : b > a ? 1 : 2;
  });
  for (const [shift, size] of [
    [0, 1],
    [50, 1e-3],
    [-7, 1e4],
  ] as const) {
    const features = smallMatrix(
      given.map((value) => (value + shift) * size),
      [count, 2],
    );
    const found = probeAccuracy({ features, labels }, { features, labels }, { classes: 3, penalty: 1e-5 });
    expect(found).toBeGreaterThan(0.97);
  }
});

test("is at chance where a line cannot tell, and counts what it gets right", () => {
  const corners = smallMatrix([0, 0, 0, 1, 1, 0, 1, 1], [4, 2]);
  const xor = { features: corners, labels: [0, 1, 1, 0] };
  expect(probeAccuracy(xor, xor, { classes: 2 })).toBeLessThanOrEqual(0.75);
  const or = { features: corners, labels: [0, 1, 1, 1] };
  expect(probeAccuracy(or, or, { classes: 2 })).toBe(1);
  expect(probeAccuracy(or, { ...or, labels: [1, 1, 1, 1] }, { classes: 2 })).toBe(0.75);
});

test("a column that never changes does no harm", () => {
  const values = numbers(40, 9);
  const labels = Array.from({ length: 40 }, (_, i) => (values[i]! > 0.1 ? 1 : 0));
  const wide = smallMatrix(
    values.flatMap((value) => [value, 5]),
    [40, 2],
  );
  const own = { features: wide, labels };
  expect(probeAccuracy(own, own, { classes: 2, penalty: 1e-5 })).toBeGreaterThan(0.97);
});

test("refuses what does not fit", () => {
  const features = smallMatrix([1, 2, 3, 4], [2, 2]);
  expect(() => linearProbe({ features, labels: [0] }, { classes: 2 })).toThrow(
    "linearProbe: expected a label for each of 2 rows, got 1",
  );
  expect(() => linearProbe({ features, labels: [0, 2] }, { classes: 2 })).toThrow(
    "linearProbe: expected labels from 0 to 1, got 2",
  );
  expect(() => linearProbe({ features, labels: [0, 1] }, { classes: 2, penalty: 0 })).toThrow(
    "linearProbe: expected a penalty above 0, got 0",
  );
  expect(() =>
    linearProbe({ features, labels: [0, 1] }, { classes: 2 })(smallMatrix([1, 2, 3], [1, 3])),
  ).toThrow("linearProbe: expected features of dModel = 2, got shape [1,3]");
});
