import { expect, test } from "vitest";
import { joinBase } from "#site/link";

test.each([
  ["/", "/t/hedgehog/", "/t/hedgehog/"],
  ["/kb/", "/t/hedgehog/", "/kb/t/hedgehog/"],
  ["/kb", "/t/hedgehog/", "/kb/t/hedgehog/"],
  ["kb/docs", "/", "/kb/docs/"],
  ["", "/search/?q=a#top", "/search/?q=a#top"],
])("under %s the path %s is %s", (base, path, joined) => {
  expect(joinBase(base, path)).toBe(joined);
});

test.each(["t/hedgehog/", "//host/t/", ""])("the path %j is refused, with a remedy", (path) => {
  expect(() => joinBase("/kb/", path)).toThrow(
    /joinBase: expected a path that starts with one "\/".*write it from/,
  );
});
