import { expect, test } from "vitest";
import { anchorsOf, joined, missingAnchors, movedPages, withMovedAnchors } from "#site/anchors";

test("headings, claims, mistakes and named equations are promised; cells and numbered equations are not", () => {
  const html =
    '<h1 id="top">T</h1><h2 id="the-idea">I</h2><table><tbody id="claim-merges"></tbody></table>' +
    '<ul><li id="mistake-forget"></li></ul><figure id="equation-the-loss"></figure>' +
    '<figure id="equation-2"></figure><div id="cell-1"></div>';
  expect(anchorsOf(html)).toEqual(["the-idea", "claim-merges", "mistake-forget", "equation-the-loss"]);
});

const published = { "/t/a/": ["the-idea", "claim-x"], "/t/b/": ["the-idea"] };

test("an anchor that is gone is missed, unless it moved; so is a page", () => {
  const built = { "/t/a/": ["the-idea"], "/t/c/": ["the-idea"] };
  expect(missingAnchors(published, built, {})).toEqual(["/t/a/#claim-x", "/t/b/#the-idea"]);
  const moves = { "/t/a/#claim-x": "/t/a/#claim-y", "/t/b/": "/t/c/" };
  expect(missingAnchors(published, built, moves)).toEqual([]);
  expect(movedPages(moves, "/kb/")).toEqual({ "/t/b/": "/kb/t/c/" });
});

test("new anchors join those published, each once", () => {
  expect(joined(published, { "/t/a/": ["claim-x", "new"], "/t/c/": ["x"] })).toEqual({
    "/t/a/": ["the-idea", "claim-x", "new"],
    "/t/b/": ["the-idea"],
    "/t/c/": ["x"],
  });
});

test("a moved anchor stands before the new one; of other pages nothing changes", () => {
  const page = '<p>a</p><h2 class="x" id="new">N</h2>';
  const moves = { "/t/a/#old": "/t/a/#new" };
  expect(withMovedAnchors(page, "/t/a/", moves)).toBe(
    '<p>a</p><span id="old"></span><h2 class="x" id="new">N</h2>',
  );
  expect(withMovedAnchors(page, "/t/b/", moves)).toBe(page);
  expect(() => withMovedAnchors("<p>a</p>", "/t/a/", moves)).toThrow(
    'content/moved.json: expected an element with the id "new" on /t/a/: correct "/t/a/#new"',
  );
});
