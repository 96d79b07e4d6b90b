import * as tf from "@tensorflow/tfjs-core";
import { create, globals } from "webgpu";
import { attend, type AttentionKernel, causalMask } from "#lab/attention";
import { startDevice } from "#lab/device";
import { fusedAttention } from "#lab/kernel/fused-attention";
import { random } from "#lab/random";

const batchSize = 4;
const heads = 4;
const dHead = 32;
const repeats = 5;
const given = process.argv.slice(2).map(Number);
const lengths = given.length > 0 ? given : [16, 32, 64, 128];

Object.assign(globalThis, globals);
Object.defineProperty(navigator, "gpu", { value: create([]), configurable: true });
const { adapter } = await startDevice(["webgpu"]);
console.log(`causal attention on webgpu (${adapter}), batch ${batchSize}, heads ${heads}, dHead ${dHead}`);
console.log(`medians of ${repeats} runs in ms, composed / fused = ratio\n`);
for (const time of lengths) {
  const draw = random(time);
  const [Q, K, V] = [1, 2, 3].map(() => draw.normal([batchSize, heads, time, dHead])) as Parameters<
    typeof attend
  >;
  const mask = causalMask(time);
  const fused = fusedAttention({ causal: true });
  const forward = (run: () => tf.Tensor) => () => tf.tidy(() => tf.sum(run()));
  const backward = (kernel: AttentionKernel, added?: tf.Tensor) => () =>
    tf.tidy(() => {
      const loss = (...[q, k, v]: tf.Tensor[]) =>
        tf.sum(kernel(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, added)) as tf.Scalar;
      return tf.addN(
        tf
          .grads(loss)([Q, K, V])
          .map((gradient) => tf.sum(gradient)),
      );
    });
  const alone = await compare(
    forward(() => attend(Q, K, V, mask)),
    forward(() => fused(Q, K, V)),
  );
  const both = await compare(backward(attend, mask), backward(fused));
  console.log(`time ${String(time).padStart(4)}   forward ${alone}   with gradients ${both}`);
  tf.dispose([Q, K, V, mask]);
}
process.exit(0); // Dawn keeps the process alive

/** The medians of two computations, run in turn so that both meet the same machine. */
async function compare(composed: () => tf.Tensor, fused: () => tf.Tensor): Promise<string> {
  const times: [number[], number[]] = [[], []];
  for (let repeat = -2; repeat < repeats; repeat++) {
    for (const [index, run] of [composed, fused].entries()) {
      const began = performance.now();
      const result = run();
      await result.data();
      result.dispose();
      if (repeat >= 0) times[index]!.push(performance.now() - began); // the first two compile the shaders
    }
  }
  const [before, after] = times.map((all) => all.sort((a, b) => a - b)[Math.floor(repeats / 2)]!);
  const ms = (value: number) => value.toFixed(1).padStart(7);
  return `${ms(before!)} / ${ms(after!)} = ${(before! / after!).toFixed(2).padStart(5)}`;
}
