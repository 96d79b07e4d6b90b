import * as Plot from "@observablehq/plot";
import { session } from "#lab/session";

/** A drawing with words for those who do not see it. */
export interface Figure {
  readonly figure: true;
  title: string;
  /** What the drawing shows, in a sentence or two. */
  description: string;
  /** An `<svg>` element whose colours are the page's CSS variables. */
  svg: string;
  /** The drawn numbers. */
  table?: { columns: string[]; rows: (string | number)[][] };
}

/** What every figure needs besides its data. */
export interface Caption {
  title: string;
  description: string;
}

/** An axis: what is drawn along it, with its unit, and how it is divided. */
export interface Axis {
  label: string;
  /** Logarithmic; linear if left out. */
  log?: boolean;
}

/** A name in the legend, and how its marks look. */
export interface LegendEntry {
  name: string;
  colour: string;
  dashed?: boolean;
  /** Drawn as steps from the paper to the colour: the entry of a heat map. */
  ramp?: boolean;
  /** The shape of its points, where it has no line. */
  symbol?: PointSymbol;
}

/** Shapes that points can have. */
export type PointSymbol = "circle" | "square" | "triangle" | "diamond";

/**
 * Units of the drawing; on the page it grows and shrinks with its column. Small, and with large letters, so that they
 * can still be read on a screen 320 px wide.
 */
export const width = 480;
const height = 300;

/** Whether a value is a figure. */
export function isFigure(value: unknown): value is Figure {
  return typeof value === "object" && value !== null && "figure" in value && value.figure === true;
}

/** The colour of series 0, 1, …: the page's own, four of them. */
export function seriesColour(index: number): string {
  return `var(--series-${(index % 4) + 1})`;
}

/**
 * A figure drawn by Observable Plot with the session's document: in the browser the page's, in Node linkedom's.
 * The same data give the same string.
 * @throws when the session has no document
 */
export function draw(
  options: Plot.PlotOptions,
  legend: LegendEntry[],
  caption: Caption,
): Pick<Figure, "svg"> {
  const { document } = session();
  if (!document)
    throw new Error("draw: expected a session with a document, got none: call startSession({ document })");
  const svg = Plot.plot({
    width,
    height,
    // Room for ticks of five signs beside the label.
    marginLeft: 76,
    marginRight: 16,
    marginTop: 28 + 20 * Math.ceil(legend.length / 2),
    marginBottom: 44,
    ...options,
    document,
  }) as SVGSVGElement;
  // Plot's own style sheet and size would stand against a strict content policy and a narrow screen.
  for (const style of svg.querySelectorAll("style")) style.remove();
  for (const name of ["class", "width", "height"]) svg.removeAttribute(name);
  // The figure is one picture with words of its own; Plot's labels of its layers ("dot", "rule") are none.
  for (const layer of svg.querySelectorAll("[aria-label]")) {
    layer.setAttribute("data-layer", layer.getAttribute("aria-label")!);
    layer.removeAttribute("aria-label");
  }
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${options.height ?? height}`,
    role: "img",
    fill: "currentColor",
    "font-family": "inherit",
    "font-size": "14",
    "text-anchor": "middle",
  };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  svg.prepend(
    element(document, "title", {}, caption.title),
    element(document, "desc", {}, caption.description),
  );
  svg.append(...legend.map((entry, index) => legendItem(document, entry, index)));
  return { svg: svg.outerHTML };
}

/** The faint lines behind the data. */
export function grid(): Plot.Markish[] {
  return [Plot.gridY({ stroke: "var(--grid)", strokeOpacity: 1 })];
}

/** Two names to a row, so that they stay legible at the width of a telephone. */
function legendItem(document: Document, entry: LegendEntry, index: number): SVGElement {
  const { name, colour, dashed, ramp, symbol } = entry;
  const left = 16 + (index % 2) * 236;
  const top = 14 + Math.floor(index / 2) * 20;
  const item = element(document, "g", { transform: `translate(${left},${top})` });
  const line = { x1: "0", x2: "26", y1: "0", y2: "0", stroke: colour, "stroke-width": "3" };
  const dashes: Record<string, string> = dashed ? { "stroke-dasharray": "6 4" } : {};
  const text = { x: ramp ? "98" : "34", y: "0", dy: "0.32em", "text-anchor": "start" };
  item.append(
    ...(ramp
      ? rampSteps(document, colour)
      : symbol
        ? [element(document, "path", { d: outlines[symbol], fill: colour })]
        : [element(document, "line", { ...line, ...dashes })]),
    element(document, "text", text, name),
  );
  return item;
}

/** The shapes of points in the legend, in the middle of a line's place. */
const outlines: Record<PointSymbol, string> = {
  circle: "M8,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0Z",
  square: "M8.5,-4.5h9v9h-9Z",
  triangle: "M13,-6l6,10h-12Z",
  diamond: "M13,-6l4,6l-4,6l-4,-6Z",
};

/** Nine steps from nothing to the whole colour. */
function rampSteps(document: Document, colour: string): SVGElement[] {
  const frame = { width: "90", height: "12", y: "-6", fill: "none", stroke: "var(--rule-strong)" };
  const step = { width: "10", height: "12", y: "-6", fill: colour };
  const steps = Array.from({ length: 9 }, (_, i) =>
    element(document, "rect", { ...step, x: String(i * 10), "fill-opacity": String(i / 8) }),
  );
  return [...steps, element(document, "rect", frame)];
}

function element(
  document: Document,
  name: string,
  attributes: Record<string, string>,
  text = "",
): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}
