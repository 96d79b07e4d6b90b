import { type SmallMatrix, smallMatrix, solve } from "#lab/linear-algebra";

/** Features and the classes of what they were taken from. */
export interface LabelledFeatures {
  features: SmallMatrix; // [count, dModel]
  labels: ArrayLike<number>; // [count], 0 to classes - 1
}

/** What may be varied in a linear probe. */
export interface ProbeOptions {
  classes: number;
  /** λ, the weight of ½ |W|² beside the mean cross-entropy. */
  penalty?: number;
  /** The most steps; the probe stops earlier where the largest slope of its objective is below `tolerance`. */
  iterations?: number;
  tolerance?: number;
}

/**
 * The share of test examples, 0 to 1, that a linear classifier of frozen features gets right, fitted to the training
 * examples: what the features make easy.
 * @throws as `linearProbe` does
 */
export function probeAccuracy(
  train: LabelledFeatures,
  test: LabelledFeatures,
  options: ProbeOptions,
): number {
  const found = linearProbe(train, options)(test.features);
  return found.filter((label, row) => label === test.labels[row]).length / found.length;
}

/**
 * A linear classifier fitted to labelled features: multinomial logistic regression, the W [dModel + 1, classes] that
 * minimises the mean cross-entropy of softmax(x W) plus ½ λ |W|², in float64. Features are centred, and scaled by one
 * number to a mean square of 1, so that λ means the same for all; the bias, the last row of W, is not penalised.
 *
 * The objective bends nowhere more than B = XᵀX / (2 count) + λ (Böhning 1992, Ann. Inst. Stat. Math. 44, 197-200), so
 * steps W ← V - B⁻¹ ∇(V) from a point V ahead of W never overshoot; the momentum starts anew where it points uphill
 * (O'Donoghue & Candès 2015, arXiv 1204.3982).
 * @returns the class of each row of features
 * @throws when there are not as many labels as rows, a label is not a class, or the penalty is not positive
 */
export function linearProbe(
  { features, labels }: LabelledFeatures,
  { classes, penalty = 1e-3, iterations = 300, tolerance = 1e-5 }: ProbeOptions,
): (features: SmallMatrix) => Int32Array {
  const [count, dModel] = features.shape;
  check(features, labels, classes, penalty);
  const scaled = scaling(features);
  const X = scaled(features); // [count, dModel + 1]
  const width = dModel + 1;
  const decay = (place: number) => (place < dModel * classes ? penalty : 0);
  const identity = Float64Array.from({ length: width ** 2 }, (_, at) => (at % (width + 1) === 0 ? 1 : 0));
  const inverse = solve(curvature(X, count, width, penalty), smallMatrix(identity, [width, width])).values;

  const slope = (W: Float64Array) => {
    const residual = softmaxRows(product(X, W, count, width, classes), classes);
    for (let row = 0; row < count; row++) residual[row * classes + labels[row]!]! -= 1;
    const sum = transposedProduct(X, residual, count, width, classes);
    return sum.map((value, place) => value / count + decay(place) * W[place]!);
  };

  let W = new Float64Array(width * classes);
  let V = W;
  let momentum = 1;
  for (let step = 0; step < iterations; step++) {
    const gradient = slope(V);
    if (gradient.every((value) => Math.abs(value) < tolerance)) break;
    const move = product(inverse, gradient, width, width, classes);
    const next = V.map((value, place) => value - move[place]!);
    const uphill = move.reduce((sum, value, place) => sum + value * (next[place]! - W[place]!), 0) > 0;
    const after = uphill ? 1 : (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2;
    const ahead = uphill ? 0 : (momentum - 1) / after;
    V = next.map((value, place) => value + ahead * (value - W[place]!));
    [W, momentum] = [next, after];
  }
  return (given) => {
    const logits = product(scaled(given), W, given.shape[0], width, classes);
    return Int32Array.from({ length: given.shape[0] }, (_, row) => {
      const own = logits.subarray(row * classes, (row + 1) * classes);
      return own.indexOf(Math.max(...own));
    });
  };
}

/** Rows centred on the mean of `features`, over the root of its mean square, with a last column of ones. */
function scaling({ values, shape: [count, dModel] }: SmallMatrix): (given: SmallMatrix) => Float64Array {
  const mean = new Float64Array(dModel);
  values.forEach((value, at) => (mean[at % dModel]! += value / count));
  const square = values.reduce((sum, value, at) => sum + (value - mean[at % dModel]!) ** 2, 0);
  const rate = square > 0 ? Math.sqrt(values.length / square) : 1;
  return (given) => {
    if (given.shape[1] !== dModel)
      throw new Error(`linearProbe: expected features of dModel = ${dModel}, got shape [${given.shape}]`);
    return Float64Array.from({ length: given.shape[0] * (dModel + 1) }, (_, at) => {
      const [row, column] = [Math.floor(at / (dModel + 1)), at % (dModel + 1)];
      return column === dModel ? 1 : (given.values[row * dModel + column]! - mean[column]!) * rate;
    });
  };
}

/** XᵀX / (2 count) + λ, without λ for the bias. */
function curvature(X: Float64Array, count: number, width: number, penalty: number): SmallMatrix {
  const B = transposedProduct(X, X, count, width, width).map((value) => value / (2 * count));
  for (let i = 0; i < width - 1; i++) B[i * width + i]! += penalty;
  return smallMatrix(B, [width, width]);
}

/** A B for A [rows, inner] and B [inner, columns]. */
function product(A: Float64Array, B: Float64Array, rows: number, inner: number, columns: number) {
  const C = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++) {
      const a = A[i * inner + k]!;
      for (let j = 0; j < columns; j++) C[i * columns + j]! += a * B[k * columns + j]!;
    }
  return C;
}

/** Aᵀ B for A [rows, left] and B [rows, right]. */
function transposedProduct(A: Float64Array, B: Float64Array, rows: number, left: number, right: number) {
  const C = new Float64Array(left * right);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < left; i++) {
      const a = A[row * left + i]!;
      if (a !== 0) for (let j = 0; j < right; j++) C[i * right + j]! += a * B[row * right + j]!;
    }
  return C;
}

/** The softmax of each row of logits, in their place. */
function softmaxRows(logits: Float64Array, classes: number): Float64Array {
  for (let at = 0; at < logits.length; at += classes) {
    const row = logits.subarray(at, at + classes);
    const largest = Math.max(...row);
    let total = 0;
    row.forEach((value, i) => (total += row[i] = Math.exp(value - largest)));
    row.forEach((value, i) => (row[i] = value / total));
  }
  return logits;
}

function check({ shape }: SmallMatrix, labels: ArrayLike<number>, classes: number, penalty: number): void {
  if (labels.length !== shape[0])
    throw new Error(`linearProbe: expected a label for each of ${shape[0]} rows, got ${labels.length}`);
  const wrong = Array.from(labels).find(
    (label) => !(Number.isInteger(label) && label >= 0 && label < classes),
  );
  if (wrong !== undefined)
    throw new Error(`linearProbe: expected labels from 0 to ${classes - 1}, got ${wrong}`);
  if (!(penalty > 0)) throw new Error(`linearProbe: expected a penalty above 0, got ${penalty}`);
}
