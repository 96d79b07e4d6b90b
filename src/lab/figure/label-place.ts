/** A place on the drawing, in its units. */
export interface Place {
  x: number;
  y: number;
}

/** The room that names have: the drawing without its margins. */
export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

type Box = Frame;

/** What a letter takes at the size of a figure's names, and the room a point needs around its middle. */
const letter = { width: 7.2, height: 15 };
const reach = 6;

/**
 * Where the middles of the points' names go: above the point where that is free, else below it, right or left of it,
 * or at a corner; where nothing is free, where they cover least. A point without a name gets its own place.
 */
export function labelPlaces(points: readonly (Place & { label: string })[], frame: Frame): Place[] {
  const taken: Box[] = points.map((point) => around(point, reach, reach));
  return points.map((point, own) => {
    const [w, h] = [(letter.width * point.label.length) / 2, letter.height / 2];
    if (w === 0) return { x: point.x, y: point.y };
    const [beside, above] = [w + reach + 3, h + reach - 2];
    const offsets = [
      [0, -above],
      [0, above],
      [beside, 0],
      [-beside, 0],
      [w, -above],
      [-w, -above],
      [w, above],
      [-w, above],
    ] as const;
    const places = offsets.map(([dx, dy]) => ({ x: point.x + dx, y: point.y + dy }));
    const cost = (place: Place) => {
      const box = around(place, w, h);
      const others = taken.reduce((sum, other, i) => sum + (i === own ? 0 : overlap(box, other)), 0);
      return others + 4 * w * h - overlap(box, frame);
    };
    const costs = places.map(cost);
    const best = places[costs.indexOf(Math.min(...costs))]!;
    taken.push(around(best, w, h));
    return best;
  });
}

function around({ x, y }: Place, w: number, h: number): Box {
  return { left: x - w, right: x + w, top: y - h, bottom: y + h };
}

/** The area that two boxes share. */
function overlap(a: Box, b: Box): number {
  const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return Math.max(0, across) * Math.max(0, down);
}
