import { expect, test } from "vitest";
import { addressOf, queryFrom } from "#site/search/address";

test("a query survives being written into an address and read back", () => {
  const query = {
    words: "LoRA+ & more",
    filters: { status: ["reproduced", "not yet built"], modality: [], family: ["Prompts & adapters"] },
  };
  const address = addressOf(query);
  expect(address).toBe(
    "?q=LoRA%2B+%26+more&status=reproduced&status=not+yet+built&family=Prompts+%26+adapters",
  );
  expect(queryFrom(address)).toEqual(query);
});

test("the empty query is the bare address", () => {
  expect(addressOf({ words: "  ", filters: {} })).toBe("");
  expect(queryFrom("")).toEqual({ words: "", filters: { status: [], modality: [], family: [] } });
});
