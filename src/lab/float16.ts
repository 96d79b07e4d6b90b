/** The largest finite number in float16 (IEEE 754 binary16). */
export const largestFloat16 = 65504;

/**
 * The 16 bits of the float16 number nearest to x, ties to even: sign, 5 bits of exponent, 10 of mantissa. What is
 * beyond 65504 by half a step becomes infinite. Written out, since not every browser has a Float16Array.
 */
export function toFloat16(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const size = Math.abs(x);
  if (Number.isNaN(x)) return 0x7e00;
  if (size < 2 ** -14) return sign | even(size * 2 ** 24); // subnormal: a multiple of 2^-24
  if (size >= 65520) return sign | 0x7c00;
  const exponent = exponentOf(size);
  // A mantissa that rounds up to 2 carries into the exponent, as it should.
  return sign + ((exponent + 14) << 10) + even(size * 2 ** (10 - exponent));
}

/** The number that 16 bits of float16 stand for. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa ? NaN : sign * Infinity;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** ⌊log₂ size⌋, exactly. */
function exponentOf(size: number): number {
  let exponent = Math.floor(Math.log2(size));
  // log₂ is rounded, and may be off by one next to a power of two.
  while (2 ** exponent > size) exponent--;
  while (2 ** (exponent + 1) <= size) exponent++;
  return exponent;
}

/** The nearest integer, ties to even. */
function even(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return below + Number(rest > 0.5 || (rest === 0.5 && below % 2 === 1));
}
