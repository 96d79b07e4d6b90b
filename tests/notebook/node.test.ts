import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { NodeRun } from "#notebook/node";

/* In a process of its own, as `npm run record` does it: the lab is bundled anew, and Vitest's modules stay out. */

/** The result of a notebook run in Node on the cpu device, at quick size; or the message of what it threw. */
function runInNode(text: string): Pick<NodeRun, "claims" | "cells" | "device"> | { message: string } {
  const script = `
    import { runInNode } from "#notebook/node";
    try {
      const { claims, cells, device } = await runInNode("n", process.env.TEXT, { device: "cpu", scale: "quick" });
      console.log("RESULT" + JSON.stringify({ claims, cells, device }));
    } catch ({ message }) {
      console.log("RESULT" + JSON.stringify({ message }));
    }`;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    env: { ...process.env, TEXT: text },
    stdio: ["ignore", "pipe", "ignore"],
  });
  return JSON.parse(output.slice(output.lastIndexOf("RESULT") + "RESULT".length)) as ReturnType<
    typeof runInNode
  >;
}

test("cells run in order in one scope, and what they display and claim is collected", () => {
  const result = runInNode(`// %% [markdown]
// Prose.

// %%
import * as tf from "@tensorflow/tfjs-core";
import { identity } from "#lab/claim";
import { curve } from "#lab/figure/curve";
const x: tf.Tensor1D = tf.tensor1d([1, 2, 3]);
(await x.square().sum().data())[0];

// %%
identity("sums-squares", (await tf.grad((t) => t.square().sum())(x).data())[2]!, { exactly: 6 });
curve([{ name: "a", y: [1, 2] }], { title: "t", description: "d", x: { label: "x" }, y: { label: "y" } });
`);
  expect(result).toMatchObject({
    device: { name: "cpu" },
    claims: [{ id: "sums-squares", measured: 6, verdict: "holds" }],
    cells: [
      { number: 1, displayed: { kind: "text", text: "14" } },
      { number: 2, displayed: { kind: "figure", figure: { title: "t" } }, claims: ["sums-squares"] },
    ],
  });
});

test("a failing cell is named with its line", () => {
  expect(runInNode("// %%\nconst a = 1;\n\n// %%\nconst f = (n: number) => {\n  null.x;\n};\nf(a);")).toEqual(
    {
      message: "cell 2, line 2: TypeError: Cannot read properties of null (reading 'x')",
    },
  );
});

test("a module that is not the lab's is refused by name", () => {
  expect(runInNode('// %%\nimport { readFileSync } from "node:fs";')).toEqual({
    message:
      'cell 1, line 1: Error: import: no module "node:fs": a notebook imports #lab/… and @tensorflow/tfjs-core',
  });
});
