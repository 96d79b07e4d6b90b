import * as tf from "@tensorflow/tfjs-core";

/** A stream of pseudo-random numbers: the same in every browser, on every device, for the same seed. */
export interface Random {
  /** The next number, uniform in [0, 1). */
  next(): number;
  /** The next integer, uniform in [0, bound). */
  integer(bound: number): number;
  /** `count` integers, uniform in [0, bound). */
  integers(count: number, bound: number): Int32Array;
  /** The numbers 0 to count - 1 in random order (Fisher-Yates). */
  permutation(count: number): Int32Array;
  /** The items in random order, as a new array. */
  shuffle<T>(items: readonly T[]): T[];
  /** A float32 tensor, uniform in [minimum, maximum). */
  uniform<S extends number[]>(shape: [...S], minimum?: number, maximum?: number): tf.Tensor<RankOf<S>>;
  /** A float32 tensor, N(mean, std²). */
  normal<S extends number[]>(shape: [...S], std?: number, mean?: number): tf.Tensor<RankOf<S>>;
}

type RankOf<S extends number[]> = number extends S["length"]
  ? tf.Rank
  : S["length"] extends keyof Ranks
    ? Ranks[S["length"]]
    : tf.Rank;
type Ranks = { 0: tf.Rank.R0; 1: tf.Rank.R1; 2: tf.Rank.R2; 3: tf.Rank.R3; 4: tf.Rank.R4 };

/**
 * A generator for one seed, an integer from 0 to 2^32 - 1 (0 is a seed like any other).
 *
 * sfc32 of Chris Doty-Humphrey's PractRand, its state filled by splitmix32. Numbers are made in JavaScript alone, since
 * TensorFlow.js takes seed 0 for "no seed" and GPU sampling differs between adapters.
 * @throws when the seed is not such an integer
 */
export function random(seed: number): Random {
  if (seed >>> 0 !== seed)
    throw new Error(`random: expected an integer seed from 0 to 2^32 - 1, got ${seed}`);
  const bits = sfc32(seed);
  const next = () => bits() / 2 ** 32;
  const integer = (bound: number) => {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
      throw new Error(`random: expected integers below a bound of 1 to 2^32, got ${bound}`);
    }
    return Math.floor(next() * bound);
  };
  const permutation = (count: number) => {
    const order = Int32Array.from({ length: count }, (_, index) => index);
    for (let i = count - 1; i > 0; i--) {
      const j = integer(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  };
  const fill = <S extends number[]>(shape: [...S], draw: () => number) => {
    const size = shape.reduce((product, side) => product * side, 1);
    const values = Float32Array.from({ length: size }, draw);
    return tf.tensor(values, shape as number[]) as tf.Tensor as tf.Tensor<RankOf<S>>;
  };
  return {
    next,
    integer,
    integers: (count, bound) => Int32Array.from({ length: count }, () => integer(bound)),
    permutation,
    shuffle: (items) => Array.from(permutation(items.length), (index) => items[index]!),
    uniform: (shape, minimum = 0, maximum = 1) => fill(shape, () => minimum + (maximum - minimum) * next()),
    normal: (shape, std = 1, mean = 0) => {
      const draw = normals(next);
      return fill(shape, () => mean + std * draw());
    },
  };
}

/** Standard normal numbers by Marsaglia's polar method, two at a time. */
function normals(next: () => number): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    for (;;) {
      const u = 2 * next() - 1;
      const v = 2 * next() - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const radius = Math.sqrt((-2 * logarithm(s)) / s);
      spare = v * radius;
      return u * radius;
    }
  };
}

/**
 * ln x for x in (0, 1], from products and quotients alone: engines may round `Math.log` differently in the last bit,
 * and a seed must mean the same numbers everywhere. Series 2 artanh((m - 1) / (m + 1)) for m in [1/√2, √2).
 */
function logarithm(x: number): number {
  let exponent = 0;
  let mantissa = x;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent -= 1;
  }
  const t = (mantissa - 1) / (mantissa + 1);
  let sum = 0;
  for (let n = 23; n >= 1; n -= 2) sum = sum * t * t + 1 / n;
  return 2 * t * sum + exponent * Math.LN2;
}

function sfc32(seed: number): () => number {
  let fill = seed;
  const splitmix = () => {
    fill = (fill + 0x9e3779b9) >>> 0;
    let z = Math.imul(fill ^ (fill >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let a = splitmix();
  let b = splitmix();
  let c = splitmix();
  let counter = 1;
  return () => {
    const out = (((a + b) >>> 0) + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + out) >>> 0;
    return out;
  };
}
