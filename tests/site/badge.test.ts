import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { badge } from "#site/badge";

const textOf = (svg: string) =>
  [...parseHTML(`<body>${svg}</body>`).document.querySelectorAll("text")].map(
    ({ textContent }) => textContent,
  );

test("says the name, the status and how many claims held", () => {
  const svg = badge("S²FT", "partly reproduced", { held: 7, of: 8 });
  expect(textOf(svg)).toEqual(["Benchtop: S²FT", "partly reproduced, 7 of 8 claims"]);
  expect(svg).toContain("<title>Benchtop: S²FT: partly reproduced, 7 of 8 claims</title>");
});

test("of a technique without notebook says no number, and escapes names", () => {
  const svg = badge("Faster & <Lighter>", "not yet built", { held: 0, of: 0 });
  expect(textOf(svg)).toEqual(["Benchtop: Faster & <Lighter>", "not yet built"]);
  expect(svg).toContain("Faster &amp; &lt;Lighter&gt;");
});
