import { fromFloat16, largestFloat16, toFloat16 } from "#lab/float16";

/** How numbers are stored: float32, or float16 at half the size. */
export type StorageType = "F32" | "F16";

/** A tensor as a file has it: its shape and its numbers in row-major order. */
export interface Stored {
  shape: number[];
  values: Float32Array;
}

/** What a file has: tensors by name, and texts about them. */
export interface Contents {
  tensors: Record<string, Stored>;
  metadata: Record<string, string>;
}

const bytesPer: Record<StorageType, number> = { F32: 4, F16: 2 };
/** What the format's reference implementation takes at most, so that a wrong length is not taken for a large header. */
const longestHeader = 100_000_000;

/**
 * The bytes of a safetensors file: the header's length in 8 bytes, little-endian; the header in JSON, filled up with
 * spaces to a multiple of 8; then the numbers, little-endian, one tensor after the other
 * (https://github.com/huggingface/safetensors, "Format").
 * @throws when a name is "__metadata__", a tensor has not as many numbers as its shape says, or float16 cannot hold one
 */
export function encodeSafetensors(
  { tensors, metadata }: Contents,
  dtype: StorageType,
): Uint8Array<ArrayBuffer> {
  const fields: [string, unknown][] = Object.keys(metadata).length ? [["__metadata__", metadata]] : [];
  let end = 0;
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    if (name === "__metadata__") throw new Error(`encodeSafetensors: expected another name than "${name}"`);
    if (values.length !== size(shape)) {
      throw new Error(
        `encodeSafetensors: expected ${size(shape)} numbers for shape [${shape}] of "${name}", got ${values.length}`,
      );
    }
    fields.push([name, { dtype, shape, data_offsets: [end, (end += values.length * bytesPer[dtype])] }]);
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(fields)));
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(length), true);
  bytes.fill(0x20, 8, 8 + length).set(text, 8);
  let at = 8 + length;
  for (const [name, { values }] of Object.entries(tensors)) {
    for (const value of values) {
      if (dtype === "F32") view.setFloat32(at, value, true);
      else view.setUint16(at, halved(value, name), true);
      at += bytesPer[dtype];
    }
  }
  return bytes;
}

/**
 * What the bytes of a safetensors file say. The tensors must fill the part after the header from its first byte to its
 * last, each beginning where another ends; so a name that the header has twice is found out as well.
 * @throws when the bytes are not such a file, or have numbers of another type than F32 and F16
 */
export function decodeSafetensors(bytes: Uint8Array): Contents {
  const { header, start } = readHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isRecord(metadata) || Object.values(metadata).some((text) => typeof text !== "string"))
    throw wrong("__metadata__ with texts", JSON.stringify(metadata));
  const read = Object.entries(entries).map(([name, entry]) => ({ name, ...checked(name, entry) }));
  let end = 0;
  for (const { name, offsets } of read.toSorted(
    (a, b) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1],
  )) {
    if (offsets[0] !== end) {
      const what = offsets[0] < end ? "overlaps the tensor before it" : "leaves a gap before it";
      throw wrong(`"${name}" to begin at byte ${end}`, `${offsets[0]}, which ${what}`);
    }
    end = offsets[1];
  }
  if (start + end !== bytes.length)
    throw wrong(`${end} bytes of numbers after the header`, `${bytes.length - start}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end);
  const tensors = read.map(({ name, dtype, shape, offsets: [begin] }) => {
    const number = (index: number) =>
      dtype === "F32"
        ? view.getFloat32(begin + 4 * index, true)
        : fromFloat16(view.getUint16(begin + 2 * index, true));
    return [name, { shape, values: Float32Array.from({ length: size(shape) }, (_, i) => number(i)) }];
  });
  return { tensors: Object.fromEntries(tensors), metadata: metadata as Record<string, string> };
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw wrong("at least 8 bytes", `${bytes.length}`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > longestHeader) throw wrong(`a header of at most ${longestHeader} bytes`, `${length}`);
  if (8 + length > bytes.length) throw wrong(`a header of ${length} bytes`, `${bytes.length - 8} bytes`);
  let header: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(8, 8 + length),
    );
    header = text.startsWith("{") ? JSON.parse(text) : undefined;
  } catch (error) {
    throw wrong("a header in JSON", error instanceof Error ? error.message : String(error));
  }
  if (!isRecord(header)) throw wrong('a header that begins with "{"', "another");
  return { header, start: 8 + length };
}

function checked(
  name: string,
  entry: unknown,
): { dtype: StorageType; shape: number[]; offsets: [number, number] } {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (dtype !== "F32" && dtype !== "F16")
    throw wrong(`dtype F32 or F16 for "${name}"`, JSON.stringify(dtype) ?? "none");
  if (!isCounts(shape)) throw wrong(`a shape for "${name}"`, JSON.stringify(shape) ?? "none");
  if (!isCounts(offsets) || offsets.length !== 2)
    throw wrong(`two data_offsets for "${name}"`, JSON.stringify(offsets) ?? "none");
  const [begin, end] = offsets as [number, number];
  const expected = size(shape) * bytesPer[dtype];
  if (end - begin !== expected)
    throw wrong(`${expected} bytes for shape [${shape}] of "${name}" in ${dtype}`, `${end - begin}`);
  return { dtype, shape, offsets: [begin, end] };
}

function halved(value: number, name: string): number {
  const bits = toFloat16(value);
  if (Number.isFinite(value) && (bits & 0x7fff) === 0x7c00) {
    throw new Error(
      `encodeSafetensors: expected numbers up to ±${largestFloat16} for float16, got ${value} in "${name}": use F32`,
    );
  }
  return bits;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

function wrong(expected: string, got: string): Error {
  return new Error(`decodeSafetensors: expected ${expected}, got ${got}: is it a whole safetensors file?`);
}
