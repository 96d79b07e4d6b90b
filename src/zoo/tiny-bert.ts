import * as tf from "@tensorflow/tfjs-core";
import { maskedPieces } from "#lab/dataset/masked-pieces";
import { mobyDick, stateOfTheUnion } from "#lab/dataset/text";
import { cosine } from "#lab/optimiser";
import { random } from "#lab/random";
import { train } from "#lab/training";
import { forward, type LanguageModel } from "#lab/transformer";
import { filledIn } from "#zoo/filled-in";
import { onMail, otherText, ownText, type Subject } from "#zoo/masked-measures";
import { windowsOf } from "#zoo/masked-score";
import { inPieces, maskedLoss } from "#zoo/masked-text";
import { initNeighbourly } from "#zoo/neighbour-start";
import { offsetMap, type Pass } from "#zoo/offset-map";
import type { Recipe } from "#zoo/recipe";

const shape = { vocabSize: 512, time: 128, dModel: 64, numHeads: 4, numLayers: 4 };
const { numHeads } = shape;
/** d σ² as in a GPT of width 768 with σ = 0.02. */
const std = 0.07;
const seed = 0;
const steps = 6000;
/** Tokens in a step: many short windows first, then few long ones. */
const tokens = 1024;
const short = { time: 32, steps: 5000 };
const learningRate = 2e-3;
const weightDecay = 0.1;
const rate = 0.3;

const start = () => initNeighbourly(random(seed), shape, std);

/** A masked language model of byte pairs, trained on Moby-Dick alone. */
export const recipe: Recipe<LanguageModel> = {
  name: "tiny-bert",
  description:
    "A bidirectional transformer of byte pairs, pre-norm, four blocks of width 64, that fills in hidden pieces of Moby-Dick.",
  settings: {
    ...shape,
    pieces: "maskedPieces() of #lab/dataset/masked-pieces: 511 byte pairs of the training text, and the mask",
    "initial weights": `N(0, ${std}²), gains 1, biases 0; tokens N(0, 0.5²); positions are waves, and each head's query and key maps, N(0, ${(3 * std).toFixed(2)}²), look 1 or 2 pieces before or after`,
    seed,
    steps,
    "tokens in a step": tokens,
    "length of a window": `${short.time} for ${short.steps} steps, at random places of the positions, then ${shape.time}`,
    hidden: `${100 * rate} % of the pieces: 80 % of these as the mask, 10 % as a random piece, 10 % as they are`,
    optimiser: "AdamW, β = (0.9, 0.95), gradients clipped to norm 1",
    learningRate: `${learningRate}, warm-up of 50 steps, then cosine to 0`,
    weightDecay,
    data: "Moby-Dick, chapters 1 to 31; the last tenth is held out",
  },
  lossUnit: "nats per hidden piece",
  async train() {
    const pieces = await maskedPieces();
    const text = inPieces(await mobyDick(), pieces);
    const masking = { ...pieces, rate, numHeads };
    return train({
      parameters: start(),
      steps,
      stage: "tiny-bert",
      optimiser: {
        learningRate: cosine({ learningRate, warmup: 50, steps }),
        beta2: 0.95,
        weightDecay,
        clip: 1,
      },
      loss: (model, step) => {
        const time = step < short.steps ? short.time : shape.time;
        return maskedLoss(model, text.train, random(1_000_000 + step), { tokens, time }, masking);
      },
    });
  },
  async measure(model) {
    const pieces = await maskedPieces();
    const subject: Subject = { model, start: start(), numHeads, time: shape.time, pieces };
    return [
      ...(await ownText(subject, inPieces(await mobyDick(), pieces))),
      await otherText(subject, inPieces(await stateOfTheUnion(), pieces)),
      ...(await onMail(subject)),
    ];
  },
  async samples(model) {
    const pieces = await maskedPieces();
    const { heldOut } = inPieces(await mobyDick(), pieces);
    const excerpts = [500, 2600, 5400, 7900].map((nearby) => {
      const first = heldOut.findIndex((token, at) => at >= nearby && pieces.pieces[token]!.startsWith(" "));
      return heldOut.subarray(first, first + 96);
    });
    return Promise.all(excerpts.map((tokens) => filledIn(model, tokens, pieces, { numHeads })));
  },
  async figures(model) {
    const { heldOut } = inPieces(await mobyDick(), await maskedPieces());
    const passOver = (window: Int32Array): Pass => {
      const inputs = tf.tensor2d(window, [1, window.length], "int32");
      return (options) => forward(model, inputs, numHeads, { ...options, bidirectional: true });
    };
    return [await offsetMap(shape.numLayers, windowsOf(heldOut, 64).slice(0, 16).map(passOver))];
  },
};
