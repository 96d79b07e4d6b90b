import { expect, test } from "vitest";
import { contentSecurityPolicy, strictPage } from "#site/policy";

const page = (body: string, head = "") =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>T</title>${head}</head><body>${body}</body></html>`;

test("equal style attributes become one class, that outweighs the sheets as the attribute did", () => {
  const strict = strictPage(
    page('<b style="top: -1em;height:2px">a</b><i class="x" style="top:-1em; height:2px;">b</i>'),
  );
  expect(strict).toContain("<style>._0{top:-1em!important;height:2px!important}</style>");
  expect(strict).toContain('<b class="_0">a</b><i class="x _0">b</i>');
  expect(strict).not.toContain("style=");
});

test("different style attributes become different classes, and an empty one none", () => {
  const strict = strictPage(page('<b style="top:0">a</b><b style="left:0!important">b</b><b style="">c</b>'));
  expect(strict).toContain("<style>._0{top:0!important}._1{left:0!important}</style>");
  expect(strict).toContain("<b>c</b>");
});

test("the policy comes right after the charset and holds the hashes of inline scripts and styles", () => {
  const strict = strictPage(page("<script>alert(1)</script>", "<style>b{top:0}</style>"));
  expect(strict).toMatch(/<meta charset="utf-8"><meta http-equiv="Content-Security-Policy"/);
  // printf 'alert(1)' | openssl dgst -sha256 -binary | base64, and the same of b{top:0}.
  expect(strict).toContain(
    "script-src 'self' 'wasm-unsafe-eval' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='",
  );
  expect(strict).toContain("style-src 'self' 'sha256-glHtJTlV14jnybiB8VExkMe37XsC4bVntDacTTPF6Zw='");
});

test("data in a script element and scripts with an address need no hash", () => {
  const strict = strictPage(
    page('<script type="application/json">{"a":1}</script><script src="/a.js"></script>'),
  );
  expect(strict).toContain("script-src 'self' 'wasm-unsafe-eval';");
});

test("a policy without anything inline allows the site's own files only", () => {
  const policy = contentSecurityPolicy([], []);
  expect(policy.split("; ")).toEqual([
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
  ]);
});

test("a style sheet that a page has no use for is taken out", () => {
  const link = '<link rel="stylesheet" href="/k.css" data-needed-by="katex">';
  expect(strictPage(page("<p>no formula</p>", link))).not.toContain("k.css");
  expect(strictPage(page('<span class="a katex">x</span>', link))).toContain(
    '<link rel="stylesheet" href="/k.css">',
  );
});

test("an inline handler, which the policy would switch off, is refused by name", () => {
  expect(() => strictPage(page('<button onclick="go()">a</button>'))).toThrow(
    /strictPage: expected no inline event handlers, got onclick="go\(\)" on <button>; add the listener in a script/,
  );
});
