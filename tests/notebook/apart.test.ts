import { expect, test } from "vitest";
import { runApart } from "#notebook/apart";

const options = { device: "cpu", scale: "quick" } as const;

test("a run in a process of its own brings back what its cells displayed", async () => {
  const run = await runApart("n", "// %%\n1 + 1;\n", options);
  expect(run.cells[0]).toMatchObject({ number: 1, displayed: { kind: "text", text: "2" } });
});

test("a failing cell's message comes back", async () => {
  await expect(runApart("n", "// %%\nnull.x;\n", options)).rejects.toThrow("cell 1, line 1: TypeError");
});

test("a process that ends without an answer is told by how it ended", async () => {
  await expect(runApart("n", "// %%\nglobalThis.process.exit(3);\n", options)).rejects.toThrow(
    "n on cpu: expected a finished run, but its process ended with code 3: ",
  );
});
