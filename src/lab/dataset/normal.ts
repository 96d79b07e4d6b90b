import type { Random } from "#lab/random";

const width = Math.sqrt(8 / Math.E);

/**
 * One number from N(0, 1), by the ratio of two uniforms (Kinderman and Monahan, 1977). The number is a quotient of the
 * uniforms, and the logarithm only decides whether it is taken: so it is the same in every engine, whereas methods that
 * compute with the logarithm differ in the last bit. Unlike `random.normal` it needs no tensor.
 */
export function normal(random: Random): number {
  for (;;) {
    const u = 1 - random.next();
    const x = (width * (random.next() - 0.5)) / u;
    if (x * x <= -4 * Math.log(u)) return x;
  }
}
