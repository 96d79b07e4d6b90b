import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { statedOn, unmatched } from "#ledger/stated";

const claim = "claims:\n  - id: a-b\n    says: A is B.\n    paper: Table 1.\n    boundFrom: Rounding.\n";
const mistake =
  'mistakes:\n  - id: m\n    name: N\n    find: "a"\n    replace: ""\n    breaks: [a-b]\n    why: W.\n';

function pageOf(frontmatter: string): string {
  const folder = mkdtempSync(join(tmpdir(), "stated-"));
  writeFileSync(join(folder, "t.mdx"), `---\ntitle: T\n${frontmatter}---\n## Abstract\n`);
  return folder;
}

test("a page states its claims' words and its mistakes", () => {
  expect(statedOn("t", pageOf(claim + mistake))).toEqual({
    claims: [{ id: "a-b", says: "A is B.", paper: "Table 1.", boundFrom: "Rounding." }],
    mistakes: [{ id: "m", name: "N", find: "a", replace: "", breaks: ["a-b"], why: "W." }],
  });
  expect(statedOn("t", pageOf(""))).toEqual({ claims: [], mistakes: [] });
});

test.each([
  ["without words", claim.replace("A is B.", '" "'), "claims.0.says: is empty; write the sentence"],
  ["without a field", claim.replace("    paper: Table 1.\n", ""), "claims.0.paper: expected what the paper"],
  ["with a field too many", `${claim}    verdict: holds\n`, "claims.0: Unrecognized key"],
  ["that breaks nothing", mistake.replace("[a-b]", "[]"), "mistakes.0.breaks: expected the ids"],
  ["with a name for an id", mistake.replace("id: m", "id: My mistake"), "mistakes.0.id: expected an id in"],
])("one %s is refused by name", (_, frontmatter, said) => {
  const folder = pageOf(frontmatter);
  expect(() => statedOn("t", folder)).toThrow(`${folder}/t.mdx: ${said}`);
});

test("words without a number and numbers without words are told", () => {
  const page = "content/techniques/t.mdx: claims: ";
  expect(unmatched("t", [{ id: "a" }, { id: "b" }], [{ id: "b" }, { id: "c" }])).toEqual([
    `${page}expected the words of "c", which the notebook measures: add them`,
    `${page}expected "a" among the notebook's claims: measure it, or take it out`,
  ]);
  expect(unmatched("t", [{ id: "a" }, { id: "b" }], [{ id: "b" }, { id: "a" }])).toEqual([]);
});
