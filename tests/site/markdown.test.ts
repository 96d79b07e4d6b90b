import type { Element, Root } from "hast";
import { fromHtml } from "hast-util-from-html";
import { expect, test } from "vitest";
import {
  rehypeBase,
  rehypeEquations,
  rehypeHeadingLinks,
  rehypeHeadingPrefix,
  rehypeMath,
  rehypeTables,
  remarkEquationNames,
} from "#site/markdown";

const tree = (html: string): Root => fromHtml(html, { fragment: true });

function all(node: Root | Element, name: string): Element[] {
  return node.children.flatMap((child) =>
    child.type === "element" ? [...(child.tagName === name ? [child] : []), ...all(child, name)] : [],
  );
}

test("rooted links get the base path; others stay", () => {
  const root = tree(
    '<p><a href="/t/hft/">a</a><a href="#b">b</a><a href="https://x.test/">c</a><img src="/d.svg"></p>',
  );
  rehypeBase("/kb/")(root);
  expect(all(root, "a").map(({ properties }) => properties.href)).toEqual([
    "/kb/t/hft/",
    "#b",
    "https://x.test/",
  ]);
  expect(all(root, "img")[0]?.properties.src).toBe("/kb/d.svg");
});

test("a heading with an id becomes a link to itself; the page's title and headings without id do not", () => {
  const root = tree('<h1 id="t">T</h1><h2 id="a"><em>A</em> b</h2><h3>C</h3>');
  rehypeHeadingLinks()(root);
  const links = all(root, "a");
  expect(links.map(({ properties }) => properties.href)).toEqual(["#a"]);
  expect(links[0]?.children).toHaveLength(2);
});

test("headings of prose within a page get ids of their own", () => {
  const root = tree('<h3 id="the-idea">A</h3><p id="x">B</p>');
  rehypeHeadingPrefix()(root);
  expect(all(root, "h3")[0]?.properties.id).toBe("notebook-the-idea");
  expect(all(root, "p")[0]?.properties.id).toBe("x");
});

test("a displayed formula stands in a box that a keyboard can scroll, an inline one in the text", () => {
  const root = tree(
    '<p><code class="language-math math-inline">x^2</code></p><pre><code class="language-math math-display">y</code></pre>',
  );
  rehypeMath()(root);
  expect(all(root, "code")).toEqual([]);
  const [box] = all(root, "div");
  expect(box?.properties).toMatchObject({ tabIndex: 0, role: "group" });
  expect(all(root, "annotation").map(({ children }) => children)).toMatchObject([
    [{ value: "x^2" }],
    [{ value: "y" }],
  ]);
});

test("a table stands in a box that a keyboard can scroll", () => {
  const root = tree("<table><tbody><tr><td>a</td></tr></tbody></table><p>b</p>");
  rehypeTables()(root);
  expect(root.children).toMatchObject([
    { tagName: "div", properties: { tabIndex: 0 }, children: [{ tagName: "table" }] },
    { tagName: "p" },
  ]);
});

test("the words after an opening $$ are kept as the formula's name", () => {
  const math = { type: "math", meta: "The merged layer", data: { hName: "pre" } };
  const nameless = { type: "math", meta: null, data: { hName: "pre" } };
  remarkEquationNames()({ type: "root", children: [math, nameless] });
  expect(math.data).toEqual({ hName: "pre", hProperties: { dataName: "The merged layer" } });
  expect(nameless.data).toEqual({ hName: "pre" });
});

test("a displayed formula has a name, or its number, and a link to itself", () => {
  const display = (name: string) => `<pre ${name}><code class="language-math math-display">y</code></pre>`;
  const root = tree(`${display('data-name="The merged layer"')}<p>t</p>${display("")}`);
  rehypeMath()(root);
  rehypeEquations()(root);
  const figures = all(root, "figure");
  expect(figures.map(({ properties }) => properties.id)).toEqual(["equation-the-merged-layer", "equation-2"]);
  expect(all(root, "a").map(({ properties }) => properties.href)).toEqual([
    "#equation-the-merged-layer",
    "#equation-2",
  ]);
  expect(
    figures.flatMap((figure) => all(figure, "div")).map(({ properties }) => properties.ariaLabel),
  ).toEqual(["The merged layer", "Equation 2"]);
});
