import * as tf from "@tensorflow/tfjs-core";
import { EigenvalueDecomposition, LuDecomposition, Matrix, QrDecomposition, SVD } from "ml-matrix";
import type { Random } from "#lab/random";

/**
 * A matrix in float64, computed with on the processor: for the small matrices that an analysis looks into. Work on
 * large ones belongs on the device.
 */
export interface SmallMatrix {
  readonly shape: readonly [rows: number, columns: number];
  /** Row by row. */
  readonly values: Float64Array;
}

/**
 * A matrix from its numbers, row by row.
 * @throws when there are not rows × columns finite numbers
 */
export function smallMatrix(values: ArrayLike<number>, shape: readonly [number, number]): SmallMatrix {
  const [rows, columns] = shape;
  const own = Float64Array.from(values);
  if (own.length !== rows * columns || own.length === 0 || !own.every(Number.isFinite)) {
    const got = own.length === rows * columns ? `[${own.slice(0, 6)}]` : `${own.length}`;
    throw new Error(`smallMatrix: expected ${rows} × ${columns} finite numbers, got ${got}`);
  }
  return { shape: [rows, columns], values: own };
}

/** A tensor of rank 2, read from its device. */
export async function readMatrix(tensor: tf.Tensor2D): Promise<SmallMatrix> {
  return smallMatrix(await tensor.data(), tensor.shape);
}

/** A float32 tensor of a matrix. */
export function toTensor({ values, shape }: SmallMatrix): tf.Tensor2D {
  return tf.tensor2d(Float32Array.from(values), [...shape]);
}

/** A = U diag(S) Vᵀ with orthonormal columns in U and V. */
export interface SingularValues {
  U: SmallMatrix; // [rows, k], k = min(rows, columns)
  S: Float64Array; // [k], from the largest down
  V: SmallMatrix; // [columns, k]
}

/** The thin singular value decomposition. Signs of the columns of U and V are only fixed in pairs. */
export function singularValues(A: SmallMatrix): SingularValues {
  const found = new SVD(dense(A), { autoTranspose: true });
  return {
    U: plain(found.leftSingularVectors),
    S: Float64Array.from(found.diagonal),
    V: plain(found.rightSingularVectors),
  };
}

/**
 * A = Q R with orthonormal columns in Q [rows, columns] and R [columns, columns] upper triangular, its diagonal not
 * negative, which makes both unique for a matrix of full rank.
 * @throws when A has more columns than rows
 */
export function qr(A: SmallMatrix): { Q: SmallMatrix; R: SmallMatrix } {
  const [rows, columns] = A.shape;
  if (columns > rows) throw new Error(`qr: expected no more columns than rows, got shape [${A.shape}]`);
  const found = new QrDecomposition(dense(A));
  const [Q, R] = [found.orthogonalMatrix, found.upperTriangularMatrix];
  for (let i = 0; i < columns; i++) {
    if (R.get(i, i) >= 0) continue;
    R.mulRow(i, -1);
    Q.mulColumn(i, -1);
  }
  return { Q: plain(Q), R: plain(R) };
}

/**
 * The eigenvalues of a symmetric matrix from the largest down, and their eigenvectors as orthonormal columns:
 * A = V diag(values) Vᵀ.
 * @throws when A is not symmetric, to 1e-6 of its largest number
 */
export function symmetricEigen(A: SmallMatrix): { values: Float64Array; vectors: SmallMatrix } {
  const [size, columns] = A.shape;
  const M = dense(A);
  const reach = 1e-6 * A.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const differs = size !== columns || M.clone().sub(M.transpose()).abs().max() > reach;
  if (differs)
    throw new Error(`symmetricEigen: expected a symmetric matrix, got shape [${A.shape}]: ${A.values}`);
  const found = new EigenvalueDecomposition(M, { assumeSymmetric: true });
  const order = Array.from({ length: size }, (_, i) => i).sort(
    (i, j) => found.realEigenvalues[j]! - found.realEigenvalues[i]!,
  );
  return {
    values: Float64Array.from(order, (i) => found.realEigenvalues[i]!),
    vectors: plain(found.eigenvectorMatrix.subMatrixColumn(order)),
  };
}

/**
 * X with A X = B, by LU decomposition.
 * @throws when A is not square or is singular, or B has another number of rows
 */
export function solve(A: SmallMatrix, B: SmallMatrix): SmallMatrix {
  const [rows, columns] = A.shape;
  if (rows !== columns || B.shape[0] !== rows) {
    throw new Error(
      `solve: expected a square A and B with its rows, got shapes [${A.shape}] and [${B.shape}]`,
    );
  }
  const found = new LuDecomposition(dense(A));
  if (found.isSingular())
    throw new Error(`solve: expected a matrix that can be inverted, got a singular one`);
  return plain(found.solve(dense(B)));
}

/**
 * A random orthogonal matrix [size, size], uniform over all of them: the Q of a normal matrix whose R has a positive
 * diagonal (Mezzadri 2007, arXiv math-ph/0609050). The same generator state gives the same matrix.
 */
export async function randomOrthogonal(random: Random, size: number): Promise<SmallMatrix> {
  const normal = random.normal([size, size]);
  const A = await readMatrix(normal);
  normal.dispose();
  return qr(A).Q;
}

/**
 * The principal angles between the spaces that the columns of A and of B span, in radians from the smallest up. Their
 * cosines are the singular values of QAᵀ QB; small angles come from their sines, the singular values of
 * QB - QA QAᵀ QB, since a cosine near 1 tells little (Björck & Golub 1973).
 * @returns as many angles as the smaller space has dimensions
 * @throws when A and B differ in rows, or columns depend on each other
 */
export function principalAngles(A: SmallMatrix, B: SmallMatrix): number[] {
  if (A.shape[0] !== B.shape[0]) {
    throw new Error(
      `principalAngles: expected A and B with the same rows, got [${A.shape}] and [${B.shape}]`,
    );
  }
  const [large, small] = A.shape[1] >= B.shape[1] ? [basis(A), basis(B)] : [basis(B), basis(A)];
  const inner = large.transpose().mmul(small);
  const cosines = new SVD(inner, { autoTranspose: true }).diagonal;
  const sines = new SVD(Matrix.sub(small, large.mmul(inner)), { autoTranspose: true }).diagonal.reverse();
  return cosines.map((cosine, i) =>
    cosine * cosine < 0.5 ? Math.acos(cosine) : Math.asin(Math.min(1, sines[i]!)),
  );
}

/** An orthonormal basis of the columns' space. */
function basis(A: SmallMatrix): Matrix {
  const { Q, R } = qr(A);
  const diagonal = Array.from({ length: A.shape[1] }, (_, i) => R.values[i * A.shape[1] + i]!);
  if (Math.min(...diagonal) > 1e-10 * Math.max(...diagonal)) return dense(Q);
  throw new Error(
    `principalAngles: expected columns that do not depend on each other, got shape [${A.shape}]`,
  );
}

function dense({ values, shape: [rows, columns] }: SmallMatrix): Matrix {
  return Matrix.from1DArray(rows, columns, Array.from(values));
}

function plain(matrix: Matrix): SmallMatrix {
  return { shape: [matrix.rows, matrix.columns], values: Float64Array.from(matrix.to1DArray()) };
}
