import { expect, test } from "vitest";
import { displayed } from "#notebook/displayed";
import { claimHtml, outputHtml } from "#notebook/output-html";

const svg = "<svg><title>t</title></svg>";

test("text from a notebook can't become markup", () => {
  const script = '<script>alert("1")</script>';
  const parts = [
    outputHtml({ kind: "text", text: script }),
    outputHtml({ kind: "table", table: { table: true, title: script, columns: [script], rows: [[script]] } }),
    outputHtml({ kind: "quantity", quantity: { quantity: true, value: 1, unit: script } }),
    outputHtml({ kind: "figure", figure: { figure: true, title: script, description: "d", svg } }),
  ];
  for (const html of parts) expect(html).not.toContain("<script");
});

test("a claim is told by verdict, statement, number and bound", () => {
  const claim = {
    id: "a-is-b",
    kind: "trend",
    measured: 1.96218,
    unit: "<i>",
    bound: { atLeast: 1.6 },
    verdict: "holds",
  } as const;
  const said =
    '<p class="cell-claim"><span class="verdict verdict-holds">✓ holds</span> a is b ' +
    '<span class="cell-claim-number">1.962 &#60;i&#62; (≥ 1.6)</span></p>';
  expect(claimHtml(claim)).toBe(said);
  expect(claimHtml(claim, "A < B.")).toBe(said.replace("a is b", "A &#60; B."));
});

test("a figure offers its data as a table", () => {
  const figure = {
    figure: true,
    title: "Loss",
    description: "d",
    svg,
    table: { columns: ["x"], rows: [[0.12345]] },
  } as const;
  const html = outputHtml({
    kind: "figure",
    figure: { ...figure, table: { columns: ["x"], rows: [[0.12345]] } },
  });
  expect(html).toContain("<summary>Data of this figure</summary>");
  expect(html).toContain("<td>0.1235</td>");
  expect(html).toContain("<figcaption>Loss</figcaption>");
});

test("values are displayed by what they are", async () => {
  const view = () => Promise.reject(new Error("not called"));
  expect(await displayed(undefined, view)).toBeUndefined();
  expect(await displayed(3, view)).toEqual({ kind: "text", text: "3" });
  expect(await displayed({ quantity: true, value: 2, unit: "ms" }, view)).toMatchObject({ kind: "quantity" });
  expect(await displayed({ a: 1 }, view)).toEqual({ kind: "text", text: '{\n "a": 1\n}' });
  const gone = { dataId: {}, dtype: "float32", data: view, shape: [2, 3], isDisposed: true };
  expect(await displayed(gone, view)).toEqual({ kind: "text", text: "a tensor of shape [2,3], disposed of" });
});
