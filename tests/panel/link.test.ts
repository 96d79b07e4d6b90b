import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { linkedEdits, linkFragment } from "#panel/link";

const edits = [{ number: 2, of: "00000000", source: "const ℓ = '𝜎 & <b>';\n".repeat(20) }];

test("edits survive the way through a link, whatever signs they hold", async () => {
  const fragment = await linkFragment(edits);
  expect(fragment).toMatch(/^#edits=[\w-]+$/);
  expect(fragment.length).toBeLessThan(200);
  expect(await linkedEdits(fragment)).toEqual(edits);
});

test("a link that another program wrote is read: deflated JSON in base64url", async () => {
  const fragment = `#edits=${deflateRawSync(JSON.stringify(edits)).toString("base64url")}`;
  expect(await linkedEdits(fragment)).toEqual(edits);
});

test.each([
  ["cut off", (whole: string) => whole.slice(0, -10)],
  ["empty", () => "#edits="],
  ["not base64", () => "#edits=%%%"],
])("a link that is %s is refused in words", async (_, damage) => {
  await expect(linkedEdits(damage(await linkFragment(edits)))).rejects.toThrow("cut off or damaged");
});

test("a link that carries something else is refused in words", async () => {
  const fragment = `#edits=${deflateRawSync('{"a":1}').toString("base64url")}`;
  await expect(linkedEdits(fragment)).rejects.toThrow("it carries something else");
});
