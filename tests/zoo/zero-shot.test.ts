import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { initClip } from "#lab/clip";
import { allCaptions, caption } from "#lab/dataset/captions";
import { digits } from "#lab/dataset/digits";
import { random } from "#lab/random";
import { encodeCaptions } from "#lab/text-tower";
import { expectClose, startHere, startNodeSession } from "#tests/lab/device-case";
import { clipShape, clipSizes } from "#zoo/clip-score";
import { captionTensors, cosines, digitFeatures, zeroShotAccuracy, zeroShotLoss } from "#zoo/zero-shot";

beforeAll(async () => {
  startNodeSession();
  await startHere("wasm");
});

describe("digits by their captions", () => {
  const clip = () => initClip(random(3), clipShape, "uniform fan-in");

  test("a digit's features point where the mean over its five captions does", async () => {
    const { text } = clip();
    const features = (await encodeCaptions(text, captionTensors(allCaptions()), 4).array()) as number[][];
    const seven = [0, 1, 2, 3, 4].map((template) => features[allCaptions().indexOf(caption(7, template))]!);
    const sum = seven[0]!.map((_, j) => seven.reduce((total, row) => total + row[j]!, 0));
    const classes = (await digitFeatures(text, 4).array()) as number[][];
    expect(classes).toHaveLength(10);
    const length = Math.hypot(...sum);
    sum.forEach((value, j) => expect(classes[7]![j]).toBeCloseTo(value / length, 5));
  });

  test("accuracy and loss are those of the cosines", async () => {
    const { image, text, logScale } = clip();
    const { test: held } = await digits();
    const set = {
      ...held,
      images: held.images.subarray(0, 40 * 784),
      labels: held.labels.subarray(0, 40),
      count: 40,
    };
    const classes = digitFeatures(text, 4);
    const rows = (await cosines(image, classes, set, clipSizes).array()) as number[][];
    for (const value of rows.flat()) expect(Math.abs(value)).toBeLessThan(1.0001);
    const right = rows.filter((row, i) => row.indexOf(Math.max(...row)) === set.labels[i]).length / 40;
    expect(await zeroShotAccuracy(image, classes, set, clipSizes)).toBeCloseTo(right, 6);
    const loss = rows.reduce((sum, row, i) => {
      const powers = row.map((value) => Math.exp(value / 0.07));
      return sum - Math.log(powers[set.labels[i]!]! / powers.reduce((a, b) => a + b, 0)) / 40;
    }, 0);
    await expectClose(zeroShotLoss(image, classes, logScale, set, clipSizes), [loss], 1e-4);
    tf.dispose(classes);
  });
});
