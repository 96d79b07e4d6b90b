/**
 * The number t that a Student t variable with ν degrees of freedom stays below with this probability, to about 1e-10 of
 * itself: P(T < t) by the incomplete beta function, inverted by bisection.
 * @throws when the probability is not between 0 and 1, or ν not positive
 */
export function tQuantile(probability: number, degreesOfFreedom: number): number {
  if (!(probability > 0 && probability < 1)) {
    throw new Error(`tQuantile: expected a probability between 0 and 1, got ${probability}`);
  }
  if (!(degreesOfFreedom > 0)) {
    throw new Error(`tQuantile: expected positive degrees of freedom, got ${degreesOfFreedom}`);
  }
  if (probability < 0.5) return -tQuantile(1 - probability, degreesOfFreedom);
  let high = 1;
  while (tProbability(high, degreesOfFreedom) < probability) high *= 2;
  let low = 0;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (tProbability(middle, degreesOfFreedom) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * P(T < t) of Student's t with ν degrees of freedom: 1 - I(ν/2, 1/2; ν / (ν + t²)) / 2 for t ≥ 0 (Abramowitz & Stegun
 * 1964, 26.7.1).
 */
export function tProbability(t: number, degreesOfFreedom: number): number {
  const tail = incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5) / 2;
  return t < 0 ? tail : 1 - tail;
}

/** I(a, b; x), by its continued fraction (Abramowitz & Stegun 1964, 26.5.8), on the side where that converges fast. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const log = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  // The fraction 1 / (1 + d1 / (1 + d2 / …)) from its end, where what is left off no longer counts.
  let fraction = 1;
  for (let n = 400; n >= 1; n--) {
    const m = Math.floor(n / 2);
    const d =
      n % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    fraction = 1 + d / fraction;
  }
  return Math.exp(log) / (a * fraction);
}

/** ln Γ(x) for x > 0: Stirling's series at x + 10, and down again by Γ(x + 1) = x Γ(x). */
function logGamma(x: number): number {
  let down = 0;
  let z = x;
  for (; z < x + 10; z++) down += Math.log(z);
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5) - 1 / (1680 * z ** 7);
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - down;
}
