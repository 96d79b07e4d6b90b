import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { fromFloat16, toFloat16 } from "#lab/float16";
import { leaves } from "#lab/parameter";
import { random } from "#lab/random";
import { loadInto, loadParameters, saveParameters } from "#lab/safetensors";
import { decodeSafetensors, encodeSafetensors } from "#lab/safetensors-format";
import { initLanguageModel } from "#lab/transformer";
import { expectClose, onEachDevice } from "./device-case";

/** A file made by hand: the header's text, filled up to a multiple of 8, and the numbers' bytes. */
function file(header: string, numbers: number[]): Uint8Array {
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8, " ");
  const length = [padded.length & 0xff, padded.length >> 8, 0, 0, 0, 0, 0, 0];
  return Uint8Array.from([...length, ...Array.from(padded, (sign) => sign.charCodeAt(0)), ...numbers]);
}

/** 1, -2 and 0.15625 in float32, little-endian. */
const float32 = [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0x20, 0x3e];
/** The same in float16. */
const float16 = [0x00, 0x3c, 0x00, 0xc0, 0x00, 0x31];

const header32 =
  '{"__metadata__":{"recipe":"by hand"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},' +
  '"b.0":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}';
const header16 =
  '{"a":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]},"b.0":{"dtype":"F16","shape":[],"data_offsets":[4,6]}}';

onEachDevice(() => {
  const tree = () => ({ a: tf.tensor2d([1, -2], [1, 2]), b: [tf.scalar(0.15625)] });

  describe("saveParameters", () => {
    test("writes the bytes made by hand", async () => {
      const bytes = await saveParameters(tree(), { metadata: { recipe: "by hand" } });
      expect(Array.from(bytes)).toEqual(Array.from(file(header32, float32)));
      const halved = await saveParameters(tree(), { dtype: "F16" });
      expect(Array.from(halved)).toEqual(Array.from(file(header16, float16)));
    });
    test("refuses what it cannot keep", async () => {
      await expect(saveParameters({ a: tf.tensor1d([1], "int32") })).rejects.toThrow(
        "saveParameters: expected float32 at a, got int32",
      );
      await expect(saveParameters({ a: tf.tensor1d([7e4]) }, { dtype: "F16" })).rejects.toThrow(
        'expected numbers up to ±65504 for float16, got 70000 in "a": use F32',
      );
      await expect(saveParameters({ __metadata__: tf.scalar(1) })).rejects.toThrow(
        'another name than "__metadata__"',
      );
    });
  });

  describe("loadParameters", () => {
    test.each([
      ["float32", file(header32, float32)],
      ["float16", file(header16, float16)],
      ["an odd place in a larger buffer", Uint8Array.from([9, 9, 9, ...file(header32, float32)]).subarray(3)],
    ])("reads %s", async (_, bytes) => {
      const { parameters } = loadParameters(bytes);
      expect(leaves(parameters).map(({ path, tensor }) => [path, tensor.shape])).toEqual([
        ["a", [1, 2]],
        ["b.0", []],
      ]);
      await expectClose(leaves(parameters)[0]!.tensor, [1, -2], 1e-12);
      await expectClose(leaves(parameters)[1]!.tensor, [0.15625], 1e-12);
    });
    test("gives a model back bit for bit, and its texts", async () => {
      const shape = { vocabSize: 5, time: 3, dModel: 4, numHeads: 2, numLayers: 2 };
      const model = initLanguageModel(random(0), shape, 1);
      const bytes = await saveParameters(model, { metadata: { steps: "12" } });
      expect(loadParameters(bytes).metadata).toEqual({ steps: "12" });
      const loaded = loadInto(initLanguageModel(random(1), shape, 1), bytes);
      expect(await saveParameters(loaded, { metadata: { steps: "12" } })).toEqual(bytes);
      expect(leaves(loadParameters(bytes).parameters)).toHaveLength(leaves(model).length);
    });
  });

  test("loadInto names what differs from the template", () => {
    const bytes = file(header32, float32);
    expect(() => loadInto({ a: tf.zeros([1, 2]), c: tf.zeros([1]) }, bytes)).toThrow(
      "got b.0 besides, and c missing",
    );
    expect(() => loadInto({ a: tf.zeros([2]), b: [tf.scalar(0)] }, bytes)).toThrow(
      "loadInto: expected shape [2] for a, got [1,2]",
    );
  });
});

describe("decodeSafetensors refuses", () => {
  const one = (dtype: string, shape: string, offsets: string) =>
    `{"a":{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}}`;
  const two = (first: string, second: string) =>
    `{"a":{"dtype":"F32","shape":[2],"data_offsets":${first}},"b":{"dtype":"F32","shape":[1],"data_offsets":${second}}}`;
  const good = file(one('"F32"', "[3]", "[0,12]"), float32);
  test.each<[string, Uint8Array, string]>([
    ["an empty file", new Uint8Array(0), "expected at least 8 bytes, got 0"],
    ["a file cut in its header", good.subarray(0, 20), "expected a header of 56 bytes, got 12 bytes"],
    [
      "a file cut in its numbers",
      good.subarray(0, -1),
      "expected 12 bytes of numbers after the header, got 11",
    ],
    [
      "bytes after the end",
      Uint8Array.from([...good, 0]),
      "expected 12 bytes of numbers after the header, got 13",
    ],
    [
      "an endless header",
      Uint8Array.from(Array(16).fill(255)),
      "expected a header of at most 100000000 bytes",
    ],
    ["a header that is no JSON", file("{nonsense}", []), "expected a header in JSON"],
    ["a header that is a list", file("[1]", []), 'expected a header that begins with "{"'],
    ["a header after a space", file(' {"a":1}', []), 'expected a header that begins with "{"'],
    ["another dtype", file(one('"I64"', "[1]", "[0,8]"), float32), 'dtype F32 or F16 for "a", got "I64"'],
    ["no dtype", file('{"a":{"shape":[1],"data_offsets":[0,4]}}', float32), 'for "a", got none'],
    ["a negative side", file(one('"F32"', "[-3]", "[0,12]"), float32), 'a shape for "a", got [-3]'],
    ["one offset", file(one('"F32"', "[3]", "[12]"), float32), 'two data_offsets for "a", got [12]'],
    ["offsets backwards", file(one('"F32"', "[3]", "[12,0]"), float32), "12 bytes for shape [3]"],
    ["offsets of another size", file(one('"F32"', "[3]", "[0,8]"), float32), 'of "a" in F32, got 8'],
    [
      "offsets outside",
      file(one('"F32"', "[3]", "[4,16]"), float32),
      '"a" to begin at byte 0, got 4, which leaves a gap',
    ],
    [
      "tensors that overlap",
      file(two("[0,8]", "[4,8]"), float32),
      '"b" to begin at byte 8, got 4, which overlaps',
    ],
    [
      "a gap",
      file(two("[0,8]", "[12,16]"), [...float32, ...float32]),
      '"b" to begin at byte 8, got 12, which leaves a gap',
    ],
    [
      "a name twice",
      file(two("[0,8]", "[8,12]").replace('"b"', '"a"'), float32),
      '"a" to begin at byte 0, got 8, which leaves a gap',
    ],
    [
      "metadata that are no texts",
      file('{"__metadata__":{"steps":1}}', []),
      '__metadata__ with texts, got {"steps":1}',
    ],
  ])("%s", (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });
});

test("encodeSafetensors wants as many numbers as the shape has", () => {
  const tensors = { a: { shape: [2], values: Float32Array.of(1) } };
  expect(() => encodeSafetensors({ tensors, metadata: {} }, "F32")).toThrow(
    'expected 2 numbers for shape [2] of "a", got 1',
  );
});

describe("float16", () => {
  test.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [-Infinity, 0xfc00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000], // half a step, to the even side
    [1.5 * 2 ** -24, 0x0002],
    [2 ** -14, 0x0400],
    [2 ** -14 - 2 ** -26, 0x0400], // a subnormal that rounds up to a normal
    [1 + 2 ** -11, 0x3c00], // a tie, to the even side
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 - 2 ** -12, 0x4000], // carries into the exponent
    [1 / 3, 0x3555],
  ])("%d is %d", (value, bits) => expect(toFloat16(value)).toBe(bits));
  test("every number comes back to its bits", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromFloat16(bits);
      if (Number.isNaN(value)) expect((bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) > 0).toBe(true);
      else if (toFloat16(value) !== bits) expect(toFloat16(value)).toBe(bits);
    }
    expect(toFloat16(NaN)).toBe(0x7e00);
  });
});
