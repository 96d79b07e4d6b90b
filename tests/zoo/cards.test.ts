import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeSafetensors } from "#lab/safetensors-format";
import type { ModelCard } from "#zoo/model-card";

const cards = globSync("public/models/*.json").map(
  (file) => JSON.parse(readFileSync(file, "utf8")) as ModelCard,
);

test("there are models", () => expect(cards.length).toBeGreaterThan(0));

describe.each(cards.map((card) => [card.name, card] as const))("%s", (name, card) => {
  const bytes = readFileSync(`public/models/${name}.safetensors`);

  test("is the file that its card describes, at most 2 MB", () => {
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(card.sha256);
    expect(bytes.length).toBe(card.bytes);
    expect(bytes.length).toBeLessThanOrEqual(2_000_000);
    const { tensors } = decodeSafetensors(bytes);
    const sizes = Object.values(tensors).map(({ values }) => values.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(card.parameters);
  });

  test("has a recipe", () => expect(globSync(`src/zoo/${name}.ts`)).toHaveLength(1));

  test("is better than the first baseline of each of its measures", () => {
    expect(card.measures.length).toBeGreaterThan(0);
    for (const { name, value, baselines, lowerIsBetter } of card.measures) {
      const [baseline] = baselines;
      expect(lowerIsBetter ? baseline!.value - value : value - baseline!.value, name).toBeGreaterThan(0);
    }
  });
});
