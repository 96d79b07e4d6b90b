/**
 * What the lab computes, once more: float64 loops over indices, written from the equations, without TensorFlow.js.
 */
export type Matrix = number[][]; // [rows][columns]

/** Rows of a flat list. */
export function rows(values: ArrayLike<number>, columns: number): Matrix {
  return Array.from({ length: values.length / columns }, (_, row) =>
    Array.from({ length: columns }, (_, column) => values[row * columns + column]!),
  );
}

export function product(a: Matrix, b: Matrix): Matrix {
  return a.map((row) => b[0]!.map((_, column) => row.reduce((sum, x, k) => sum + x * b[k]![column]!, 0)));
}

export function sum(a: Matrix, b: Matrix): Matrix {
  return a.map((row, i) => row.map((x, j) => x + b[i]![j]!));
}

export function layerNorm(x: Matrix, gain: number[], bias: number[], epsilon = 1e-5): Matrix {
  return x.map((row) => {
    const mean = row.reduce((total, value) => total + value, 0) / row.length;
    const variance = row.reduce((total, value) => total + (value - mean) ** 2, 0) / row.length;
    return row.map((value, j) => ((value - mean) / Math.sqrt(variance + epsilon)) * gain[j]! + bias[j]!);
  });
}

/** erf by its Taylor series, to float64 precision for |x| < 5. */
export function erf(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

export function gelu(x: number): number {
  return (x * (1 + erf(x / Math.SQRT2))) / 2;
}

export function softmax(row: number[]): number[] {
  const largest = Math.max(...row);
  const powers = row.map((x) => Math.exp(x - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/** Multi-head attention of one sequence x [time][dModel]; causal positions look at themselves and before. */
export function attention(
  x: Matrix,
  weights: { query: Matrix; key: Matrix; value: Matrix; output: Matrix },
  numHeads: number,
  causal: boolean,
): Matrix {
  const [q, k, v] = [product(x, weights.query), product(x, weights.key), product(x, weights.value)];
  const dHead = x[0]!.length / numHeads;
  const mixed = x.map(() => new Array<number>(x[0]!.length).fill(0));
  for (let head = 0; head < numHeads; head++) {
    const first = head * dHead;
    for (let t = 0; t < x.length; t++) {
      const seen = causal ? t + 1 : x.length;
      const scores = Array.from({ length: seen }, (_, s) => {
        let score = 0;
        for (let j = first; j < first + dHead; j++) score += q[t]![j]! * k[s]![j]!;
        return score / Math.sqrt(dHead);
      });
      softmax(scores).forEach((weight, s) => {
        for (let j = first; j < first + dHead; j++) mixed[t]![j]! += weight * v[s]![j]!;
      });
    }
  }
  return product(mixed, weights.output);
}

/** Mean of -log softmax(logits)[target], in nats. */
export function crossEntropy(logits: Matrix, targets: number[]): number {
  return logits.reduce((total, row, i) => total - Math.log(softmax(row)[targets[i]!]!), 0) / logits.length;
}

/** The gradient of f at values, by central differences. */
export function slope(f: (values: number[]) => number, values: ArrayLike<number>, h = 1e-5): number[] {
  const at = Array.from(values);
  return at.map((value, index) => {
    const moved = (by: number) => f(at.map((other, place) => (place === index ? value + by : other)));
    return (moved(h) - moved(-h)) / (2 * h);
  });
}

/** Numbers in [-1, 1) that are the same at every call. */
export function numbers(count: number, seed: number): number[] {
  let state = seed * 2654435761 + 1;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // Rounded to float32, so that both computations start from the same numbers.
    return Math.fround(state / 2 ** 31 - 1);
  });
}
