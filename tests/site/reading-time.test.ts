import { expect, test } from "vitest";
import { readingMinutes } from "#site/reading-time";

const words = (count: number) => Array.from({ length: count }, (_, i) => `word${i}`).join(" ");

test.each([
  ["", 1],
  [words(600), 3],
  [`${words(600)}\n\`\`\`ts\n${words(2000)}\n\`\`\`\n<Claims />\n`, 3],
  [`${words(560)}\n\n$$ A name\n${words(900)}\n$$\n\n$$\nx\n$$\n`, 3],
])("prose is counted, code is not, a formula is a sentence", (mdx, minutes) => {
  expect(readingMinutes(mdx)).toBe(minutes);
});
