import * as tf from "@tensorflow/tfjs-core";
import { degraded, type Degradation, tasks } from "#lab/dataset/degradation";
import { digits, imagesAt, type LabelledImages } from "#lab/dataset/digits";
import { read } from "#lab/metric";
import { cosine } from "#lab/optimiser";
import { psnr } from "#lab/psnr";
import { random } from "#lab/random";
import { initRestorationNet, restore, type RestorationNet } from "#lab/restoration";
import { train } from "#lab/training";
import { imageTensor } from "#zoo/image-classifier";
import { linearFilter } from "#zoo/linear-filter";
import type { Measure } from "#zoo/recipe";

/** The sizes of the zoo's restoration networks, and the side of their images. */
export const restorationShape = { channels: 1, width: 24, numPairs: 4 };
export const side = 8;
const tuning = { pairs: 32, steps: 150, batchSize: 16, learningRate: 1e-3 };
/** Of what degrades the held-out digits: the same for every model. */
const heldOutSeed = 4_000_000;

/** Mean |f(x) - y| of a batch of pairs. */
export function restorationLoss(
  net: RestorationNet,
  inputs: LabelledImages,
  truth: LabelledImages,
): tf.Scalar {
  return tf.mean(tf.abs(tf.sub(restore(net, imageTensor(inputs)), imageTensor(truth)))) as tf.Scalar;
}

/** The images that a network makes, kept within 0 and 1. */
export async function restored(net: RestorationNet, inputs: LabelledImages): Promise<LabelledImages> {
  const made = tf.tidy(() => tf.clipByValue(restore(net, imageTensor(inputs)), 0, 1));
  const images = (await made.data()) as Float32Array;
  made.dispose();
  return { ...inputs, images };
}

/** dB of images against their originals. */
function ratio(images: LabelledImages, truth: LabelledImages): Promise<number> {
  return read(tf.tidy(() => psnr(imageTensor(images), imageTensor(truth))));
}

/** Held-out digits as they are, and degraded. */
export async function heldOut(
  degrade: Degradation,
): Promise<{ truth: LabelledImages; inputs: LabelledImages }> {
  const { test } = await digits({ side });
  return { truth: test, inputs: degraded(test, degrade, random(heldOutSeed)) };
}

/** dB of what a network makes of degraded held-out digits, without training on their degradation. */
export async function restoredRatio(net: RestorationNet, degrade: Degradation): Promise<number> {
  const { truth, inputs } = await heldOut(degrade);
  return ratio(await restored(net, inputs), truth);
}

/** dB of degraded held-out digits as they are. */
export async function degradedRatio(degrade: Degradation): Promise<number> {
  const { truth, inputs } = await heldOut(degrade);
  return ratio(inputs, truth);
}

const fresh = () => initRestorationNet(random(1), restorationShape, "uniform fan-in");

/** dB on a task after a short training on a few pairs of it, from the model and from scratch. */
export async function fineTuned(net: RestorationNet, name: keyof typeof tasks): Promise<Measure> {
  const truth = imagesAt((await digits({ side })).train, [...Array(tuning.pairs).keys()]);
  const inputs = degraded(truth, tasks[name], random(2_000_000));
  const after = async (parameters: RestorationNet) => {
    const tuned = await train({
      parameters,
      steps: tuning.steps,
      stage: `fine-tuning, ${name}`,
      optimiser: { learningRate: cosine({ ...tuning, warmup: 10 }) },
      loss: (net, step) => {
        const places = random(3_000_000 + step).integers(tuning.batchSize, tuning.pairs);
        return restorationLoss(net, imagesAt(inputs, places), imagesAt(truth, places));
      },
    });
    const found = await restoredRatio(tuned.parameters, tasks[name]);
    tf.dispose(tuned.parameters);
    return found;
  };
  return {
    name: `PSNR on ${name} after ${tuning.steps} steps on ${tuning.pairs} pairs`,
    unit: "dB",
    value: await after(net),
    baselines: [
      { name: "as long from scratch", value: await after(fresh()) },
      { name: "the model before these steps", value: await restoredRatio(net, tasks[name]) },
      { name: "degraded images", value: await degradedRatio(tasks[name]) },
    ],
    lowerIsBetter: false,
  };
}

/** dB on what the model was trained for, beside the degraded images and the best linear filter. */
export async function ownRatio(net: RestorationNet, degrade: Degradation, what: string): Promise<Measure> {
  const { train } = await digits({ side });
  const filter = linearFilter(degraded(train, degrade, random(5_000_000)), train, 5);
  const { truth, inputs } = await heldOut(degrade);
  const filtered = filter(inputs).map((value) => Math.min(1, Math.max(0, value)));
  return {
    name: `PSNR on held-out digits with ${what}`,
    unit: "dB",
    value: await restoredRatio(net, degrade),
    baselines: [
      { name: "degraded images", value: await ratio(inputs, truth) },
      {
        name: "best linear filter of 5×5 pixels",
        value: await ratio({ ...inputs, images: filtered }, truth),
      },
    ],
    lowerIsBetter: false,
  };
}
