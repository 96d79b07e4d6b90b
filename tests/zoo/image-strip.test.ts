import { beforeAll, expect, test } from "vitest";
import type { LabelledImages } from "#lab/dataset/digits";
import { startNodeSession } from "#tests/lab/device-case";
import { imageStrip } from "#zoo/image-strip";

beforeAll(() => startNodeSession());

/** Three images of 2×2 pixels, each pixel with its own ink. */
const set = (offset: number): LabelledImages => ({
  images: Float32Array.from({ length: 12 }, (_, at) => (at + offset) / 100),
  labels: Int32Array.of(7, 8, 9),
  count: 3,
  side: 2,
});

test("lays states out below each other, images beside each other, with paper between", () => {
  const caption = { title: "Two images", description: "In two states." };
  const { table, title } = imageStrip({ clean: set(0), dark: set(50) }, [2, 0], caption);
  expect(title).toBe("Two images");
  expect(table!.rows).toEqual([
    ["", 0.08, 0.09, 0, 0, 0.01],
    ["", 0.1, 0.11, 0, 0.02, 0.03],
    ["clean", 0, 0, 0, 0, 0],
    ["", 0.58, 0.59, 0, 0.5, 0.51],
    ["dark", 0.6, 0.61, 0, 0.52, 0.53],
  ]);
  expect(table!.columns).toEqual(["state \\ digit", "", "", "9", "", "7"]);
});

test("wants images, and no more than a heat map can show", () => {
  const caption = { title: "", description: "" };
  expect(() => imageStrip({}, [0], caption)).toThrow("imageStrip: expected images to draw, got none");
  expect(() => imageStrip({ clean: set(0) }, [], caption)).toThrow("imageStrip: expected images to draw");
  expect(() => imageStrip({ clean: set(0) }, Array<number>(30).fill(0), caption)).toThrow(
    "heatMap: expected 1 to 64",
  );
});
