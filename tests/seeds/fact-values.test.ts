import { expect, test } from "vitest";
import { dayOfFeed, isoDate } from "#seeds/dates";
import { nameInTitle, slugOf } from "#seeds/slug";
import { titleKey } from "#seeds/title-key";
import { arxivIdOf, webLinks } from "#seeds/web-links";

test.each([
  ["Thu, 20 Feb 2025 07:14:12 GMT", "2025-02-20T07:14:12Z"],
  ["1 Dec 1999 00:00:00 GMT", "1999-12-01T00:00:00Z"],
  ["2025-02-13T06:44:33Z", "2025-02-13T06:44:33Z"],
  ["2024-02-29", "2024-02-29"],
  ["2023-02-29", undefined],
  ["2023-13-01", undefined],
  ["2023-12-01T24:00:00Z", undefined],
  ["20 Foo 2025 07:14:12 GMT", undefined],
  ["Thu, 20 Feb 2025", undefined],
  ["", undefined],
])("isoDate(%j) is %j", (text, date) => {
  expect(isoDate(text)).toBe(date);
});

test.each([
  ["Mar 13", "--03-13"],
  ["December 1", "--12-01"],
  ["Feb 29", "--02-29"],
  ["Feb 30", undefined],
  ["Model 3", undefined],
  ["Mar 13, on which", undefined],
])("dayOfFeed(%j) is %j", (text, day) => {
  expect(dayOfFeed(text)).toBe(day);
});

test.each([
  ["see https://a.org/x.", ["https://a.org/x"]],
  ["(https://a.org/x/). And https://a.org/x/, twice", ["https://a.org/x/"]],
  ["(see https://a.org/x_(y))!", ["https://a.org/x_(y)"]],
  ["http://a.org/?q=1;", ["http://a.org/?q=1"]],
  ["no address: www.a.org", []],
])("webLinks(%j)", (text, links) => {
  expect(webLinks(text)).toEqual(links);
});

test.each([
  ["http://arxiv.org/abs/2406.11753v2", "2406.11753"],
  ["https://arxiv.org/pdf/2406.11753", "2406.11753"],
  ["https://arxiv.org/abs/cs.CL/0101001v1", "cs.CL/0101001"],
  ["https://example.org/abs/2406.11753", undefined],
])("arxivIdOf(%j) is %j", (address, id) => {
  expect(arxivIdOf(address)).toBe(id);
});

test.each([
  ["S²FT & Co's “Way”", "s2ft-and-cos-way"],
  ["Prompts & adapters", "prompts-and-adapters"],
  ["Gödel — (2024)", "godel-2024"],
])("slugOf(%j) is %j", (text, slug) => {
  expect(slugOf(text)).toBe(slug);
});

test("nameInTitle takes what stands before the colon when it is short", () => {
  expect(nameInTitle("HFT: Half Fine-Tuning")).toBe("HFT");
  expect(nameInTitle("Bag of Tricks for Effective Pretraining: A Case Study")).toBeUndefined();
  expect(nameInTitle("What is it? A: B")).toBeUndefined();
  expect(nameInTitle("A Title")).toBeUndefined();
});

test("titleKey ignores case, accents, punctuation and TeX, and nothing else", () => {
  expect(titleKey("S^{2}FT: Étude!")).toBe(titleKey("s²ft étude"));
  expect(titleKey("Model soups")).not.toBe(titleKey("Model soup"));
  expect(titleKey("模型")).not.toBe(titleKey("模"));
});
