import { expect, test } from "vitest";
import { chosenFrom, differs, toCsv, toJson } from "#site/browse/comparison";

const known = ["a", "b", "c", "d", "e", "f"];

test.each([
  ["?t=b,a", ["b", "a"]],
  ["?t=b,b,nothing,%20c", ["b", "c"]],
  ["?t=a,b,c,d,e,f", ["a", "b", "c", "d", "e"]],
  ["?t=", []],
  ["", []],
])("%s chooses %j", (search, chosen) => {
  expect(chosenFrom(search, known)).toEqual(chosen);
});

test("values differ when not all say the same", () => {
  expect(differs(["text", " text "])).toBe(false);
  expect(differs(["text", "text", "vision"])).toBe(true);
});

const comparison = {
  names: ["A", "B"],
  rows: [
    { fact: "Saves", values: ["memory, storage", 'the "rest"'] },
    { fact: "Year", values: ["2024", ""] },
  ],
};

test("as CSV, commas and quotation marks are quoted and lines end as RFC 4180 says", () => {
  expect(toCsv(comparison)).toBe(',A,B\r\nSaves,"memory, storage","the ""rest"""\r\nYear,2024,\r\n');
});

test("as JSON, each technique is an object", () => {
  expect(JSON.parse(toJson(comparison))).toEqual([
    { name: "A", Saves: "memory, storage", Year: "2024" },
    { name: "B", Saves: 'the "rest"', Year: "" },
  ]);
});
