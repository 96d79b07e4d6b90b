import { rehypeHeadingIds, unified } from "@astrojs/markdown-remark";
import type { AstroUserConfig } from "astro";
import type { Element, ElementContent, Root, RootContent } from "hast";
import { fromHtml } from "hast-util-from-html";
import remarkMath from "remark-math";
import { joinBase } from "#site/link";
import { formula } from "#site/mathematics";
import { slugOf } from "#seeds/slug";

type Parent = Root | Element;

/** Astro's Markdown settings for a base path: math set at build, linked headings, rooted links, code in our colours. */
export function markdown(base: string): NonNullable<AstroUserConfig["markdown"]> {
  return {
    processor: unified({
      remarkPlugins: [remarkMath, remarkEquationNames],
      // Ids first, so that they come from the words as written and not from KaTeX's output.
      rehypePlugins: [
        rehypeHeadingIds,
        rehypeMath,
        rehypeEquations,
        rehypeHeadingLinks,
        rehypeTables,
        [rehypeBase, base],
      ],
      smartypants: false,
    }),
    syntaxHighlight: "shiki",
    shikiConfig: { theme: "css-variables" },
  };
}

/** A plugin that keeps the name of a displayed formula, which stands after its opening `$$`. */
export function remarkEquationNames() {
  const visit = (node: MarkdownNode): void => {
    if (node.type === "math" && node.meta) node.data = { ...node.data, hProperties: { dataName: node.meta } };
    node.children?.forEach(visit);
  };
  return (tree: unknown) => visit(tree as MarkdownNode);
}

/** What is looked at of a Markdown tree. */
interface MarkdownNode {
  type: string;
  meta?: string | null;
  data?: Record<string, unknown>;
  children?: MarkdownNode[];
}

/** A plugin that gives every displayed formula its name, or a number, and a link to itself. */
export function rehypeEquations() {
  return (tree: Root) => {
    const found: { node: Element; parent: Parent }[] = [];
    eachElement(tree, (node, parent) => {
      if (node.tagName === "div" && classesOf(node).includes("equation")) found.unshift({ node, parent });
    });
    found.forEach(({ node, parent }, at) => {
      const { dataName, ...properties } = node.properties;
      const name = typeof dataName === "string" ? dataName : `Equation ${at + 1}`;
      const id = `equation-${slugOf(name.replace(/^Equation /, ""))}`;
      const caption: Element = {
        type: "element",
        tagName: "figcaption",
        properties: {},
        children: [
          {
            type: "element",
            tagName: "a",
            properties: { href: `#${id}` },
            children: [{ type: "text", value: name }],
          },
        ],
      };
      parent.children[parent.children.indexOf(node)] = {
        type: "element",
        tagName: "figure",
        properties: { className: ["equation-figure"], id },
        children: [{ ...node, properties: { ...properties, ariaLabel: name } }, caption],
      };
    });
  };
}

/** A plugin that replaces the `math-inline` and `math-display` nodes of remark-math by KaTeX's HTML. */
export function rehypeMath() {
  return (tree: Root) => {
    eachElement(tree, (node, parent, index) => {
      const classes = classesOf(node);
      const display = classes.includes("math-display");
      if (!display && !classes.includes("math-inline")) return;
      const html = fromHtml(formula(textOf(node), display), { fragment: true }).children;
      if (!display) {
        parent.children.splice(index, 1, ...(html as ElementContent[]));
        return;
      }
      const block: Element = {
        type: "element",
        tagName: "div",
        // A wide equation scrolls in its own box; the box takes the focus so that a keyboard can scroll it.
        properties: { className: ["equation"], tabIndex: 0, role: "group", ariaLabel: "Equation" },
        children: html as ElementContent[],
      };
      // remark-math wraps a displayed formula as pre > code; the pre is `parent` when it holds nothing else.
      if (parent.type === "element" && parent.tagName === "pre") {
        const { dataName } = parent.properties;
        Object.assign(parent, block, { properties: { ...block.properties, ...(dataName && { dataName }) } });
      } else parent.children.splice(index, 1, block);
    });
  };
}

/** A plugin that makes every heading with an id a link to itself, so that a section's address can be copied. */
export function rehypeHeadingLinks() {
  return (tree: Root) => {
    eachElement(tree, (node) => {
      if (!/^h[2-4]$/.test(node.tagName) || typeof node.properties.id !== "string") return;
      const link: Element = {
        type: "element",
        tagName: "a",
        properties: { className: ["heading-link"], href: `#${node.properties.id}` },
        children: node.children,
      };
      node.children = [link];
    });
  };
}

/** A plugin that puts every table into a box that scrolls when it is too wide, by keyboard too. */
export function rehypeTables() {
  return (tree: Root) => {
    eachElement(tree, (node, parent, index) => {
      if (node.tagName !== "table") return;
      parent.children[index] = {
        type: "element",
        tagName: "div",
        properties: { className: ["scroll"], tabIndex: 0, role: "group", ariaLabel: "Table" },
        children: [node],
      };
    });
  };
}

/** A plugin for prose that stands within a page: its headings' ids must not be those of the page's own sections. */
export function rehypeHeadingPrefix() {
  return (tree: Root) => {
    eachElement(tree, (node) => {
      if (/^h[1-6]$/.test(node.tagName) && node.properties.id)
        node.properties.id = `notebook-${String(node.properties.id)}`;
    });
  };
}

/** A plugin that puts the base path before rooted links, so that prose is written as `/t/hedgehog/` everywhere. */
export function rehypeBase(base: string) {
  return (tree: Root) => {
    eachElement(tree, (node) => {
      for (const name of ["href", "src"] as const) {
        const value = node.properties[name];
        if (typeof value === "string" && /^\/(?!\/)/.test(value))
          node.properties[name] = joinBase(base, value);
      }
    });
  };
}

function eachElement(node: Parent, visit: (element: Element, parent: Parent, index: number) => void): void {
  for (let index = node.children.length - 1; index >= 0; index--) {
    const child = node.children[index] as RootContent;
    if (child.type !== "element") {
      // MDX's own nodes (components) hold ordinary elements too.
      if ("children" in child) eachElement(child as unknown as Parent, visit);
      continue;
    }
    eachElement(child, visit);
    visit(child, node, index);
  }
}

function classesOf(node: Element): string[] {
  return Array.isArray(node.properties.className) ? node.properties.className.map(String) : [];
}

function textOf(node: Element): string {
  return node.children
    .map((child) => (child.type === "text" ? child.value : child.type === "element" ? textOf(child) : ""))
    .join("");
}
