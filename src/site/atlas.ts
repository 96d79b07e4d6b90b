import { forceCollide, forceLink, forceSimulation, forceX, forceY, type SimulationNodeDatum } from "d3-force";
import { polygonHull } from "d3-polygon";

/*
 * A map of techniques: those that are related stand near each other, families as regions. Drawn at build; the layout starts
 * from fixed places and d3-force draws no random numbers of its own, so that it is the same at every build.
 */

/** A technique on the map, in pixels. */
export interface Place {
  slug: string;
  name: string;
  family: string;
  x: number;
  y: number;
}

export interface Atlas {
  width: number;
  height: number;
  places: Place[];
  /** Related pairs, each once. */
  links: { from: Place; to: Place }[];
  /** A path around each family's members, and where its name stands. */
  regions: { family: string; path: string; x: number; y: number }[];
}

/** What the map needs of a technique. */
export interface Mapped {
  slug: string;
  name: string;
  family: string;
  related: string[];
}

/** Pixels for ninety techniques; more of them get as much area each. */
const size = { width: 1240, height: 1080, techniques: 90 };
const rowHeight = 25;
const letter = 6.6;

/** The map of these techniques; relations to others are left out. */
export function atlasOf(techniques: Mapped[]): Atlas {
  const families = [...new Set(techniques.map(({ family }) => family))];
  const scale = Math.max(1, Math.sqrt(techniques.length / size.techniques));
  const [width, height] = [Math.round(scale * size.width), Math.round(scale * size.height)];
  const centres = centresOf(families, techniques, { width, height });
  type Node = Place & SimulationNodeDatum;
  const nodes = techniques.map(({ slug, name, family }): Node => {
    const members = techniques.filter((one) => one.family === family);
    const at = members.findIndex((one) => one.slug === slug);
    const { x, y } = centres.get(family)!;
    // A column of its members, so that names begin apart.
    return { slug, name, family, x: x + (at % 2) * 40, y: y + (at - members.length / 2) * rowHeight };
  });
  const nodeOf = new Map(nodes.map((node) => [node.slug, node]));
  const pairs = techniques.flatMap(({ slug, related }) =>
    related.filter((other) => nodeOf.has(other)).map((other) => [slug, other].sort().join(" ")),
  );
  const links = [...new Set(pairs)].map((pair) => {
    const [source, target] = pair.split(" ").map((slug) => nodeOf.get(slug)!) as [Node, Node];
    return { source, target };
  });
  const within = ({ source, target }: (typeof links)[number]) => source.family === target.family;
  const simulation = forceSimulation(nodes)
    .force(
      "related",
      forceLink(links)
        .distance(60)
        .strength((link) => (within(link) ? 0.1 : 0.01)),
    )
    .force("x", forceX<Node>(({ family }) => centres.get(family)!.x).strength(0.25))
    .force("y", forceY<Node>(({ family }) => centres.get(family)!.y).strength(0.25))
    .force("apart", forceCollide<Node>(24).strength(0.8))
    .stop();
  for (let step = 0; step < 300; step++) {
    simulation.tick();
    separateLabels(nodes);
    for (const node of nodes) {
      const half = halfWidth(node);
      node.x = Math.min(Math.max(node.x, half + 20), width - half - 20);
      node.y = Math.min(Math.max(node.y, 40), height - 24);
    }
  }
  const places = nodes.map(({ slug, name, family, x, y }) => ({
    ...{ slug, name, family },
    x: Math.round(x),
    y: Math.round(y),
  }));
  const placeOf = new Map(places.map((place) => [place.slug, place]));
  return {
    ...{ width, height, places },
    links: links.map(({ source, target }) => ({
      from: placeOf.get(source.slug)!,
      to: placeOf.get(target.slug)!,
    })),
    regions: families.map((family) =>
      regionOf(
        family,
        places.filter((place) => place.family === family),
      ),
    ),
  };
}

/** Half of a label's width: its name is centred on its place. */
export function halfWidth({ name }: { name: string }): number {
  return (name.length * letter + 16) / 2;
}

/** Families on a grid of cells, those with relations to each other near: greedy exchanges of a first order by name. */
function centresOf(
  families: string[],
  techniques: Mapped[],
  { width, height }: { width: number; height: number },
): Map<string, { x: number; y: number }> {
  const columns = Math.ceil(Math.sqrt(families.length));
  const rows = Math.ceil(families.length / columns);
  const cell = (at: number) => ({
    x: (width * ((at % columns) + 0.5)) / columns,
    y: (height * (Math.floor(at / columns) + 0.5)) / rows,
  });
  const familyOf = new Map(techniques.map(({ slug, family }) => [slug, family]));
  const strength = new Map<string, number>();
  for (const { family, related } of techniques)
    for (const other of related.map((slug) => familyOf.get(slug)))
      if (other && other !== family) {
        const key = [family, other].sort().join(" ");
        strength.set(key, (strength.get(key) ?? 0) + 1);
      }
  const length = (order: string[]) =>
    [...strength].reduce((sum, [key, weight]) => {
      const [a, b] = key.split(" ").map((family) => cell(order.indexOf(family)));
      return sum + weight * Math.hypot(a!.x - b!.x, a!.y - b!.y);
    }, 0);
  let order = families.toSorted();
  for (let better = true; better;) {
    better = false;
    for (let i = 0; i < order.length; i++)
      for (let j = i + 1; j < order.length; j++) {
        const exchanged = order.with(i, order[j]!).with(j, order[i]!);
        if (length(exchanged) < length(order) - 1e-9) [order, better] = [exchanged, true];
      }
  }
  return new Map(order.map((family, at) => [family, cell(at)]));
}

/** Moves names that cover each other apart, up and down. */
function separateLabels(nodes: (Place & SimulationNodeDatum)[]): void {
  for (const [i, a] of nodes.entries())
    for (const b of nodes.slice(i + 1)) {
      const across = halfWidth(a) + halfWidth(b) - Math.abs(a.x - b.x);
      const down = rowHeight - Math.abs(a.y - b.y);
      if (across <= 0 || down <= 0) continue;
      const step = (a.y <= b.y ? -1 : 1) * (down / 2);
      a.y += step;
      b.y -= step;
    }
}

function regionOf(family: string, members: Place[]): Atlas["regions"][number] {
  const corners = members.flatMap((place) => {
    const half = halfWidth(place) + 4;
    return [-1, 1].flatMap((dx) =>
      [-13, 13].map((dy): [number, number] => [place.x + dx * half, place.y + dy]),
    );
  });
  const hull = polygonHull(corners)!;
  const path = `M${hull.map(([x, y]) => `${Math.round(x)},${Math.round(y)}`).join("L")}Z`;
  const top = Math.min(...hull.map(([, y]) => y));
  const x = corners.reduce((sum, [x]) => sum + x, 0) / corners.length;
  return { family, path, x: Math.round(x), y: Math.round(top) - 8 };
}
