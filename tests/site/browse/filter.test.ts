import { expect, test } from "vitest";
import { type Filter, filterFrom, passes, searchOf, toggled } from "#site/browse/filter";

test("an address states a filter, and keeps what else it states", () => {
  const search = "?view=cards&modality=vision&saves=training+memory&saves=latency";
  const filter: Filter = { modality: ["vision"], saves: ["training memory", "latency"] };
  expect(filterFrom(search)).toEqual(filter);
  expect(filterFrom(searchOf(filter, "?view=cards"))).toEqual(filter);
  expect(searchOf(filter, "?view=cards")).toContain("view=cards");
  expect(searchOf({}, "?year=2024")).toBe("");
});

test("a value is added, and taken away again", () => {
  const once = toggled({}, "year", "2024");
  expect(once).toEqual({ year: ["2024"] });
  expect(toggled(once, "year", "2023")).toEqual({ year: ["2024", "2023"] });
  expect(toggled(once, "year", "2024")).toEqual({});
});

test("passes what has one of a facet's values, of every facet that is asked", () => {
  const has = {
    ...{ family: ["quantisation"], modality: ["text", "vision"], saves: ["latency"] },
    ...{ status: ["reproduced"], year: [] },
  };
  expect(passes(has, {})).toBe(true);
  expect(passes(has, { modality: ["audio", "text"], saves: ["latency"] })).toBe(true);
  expect(passes(has, { modality: ["audio"] })).toBe(false);
  expect(passes(has, { modality: ["text"], year: ["2024"] })).toBe(false);
  expect(passes(has, { modality: ["text"], year: ["2024"] }, "year")).toBe(true);
});
