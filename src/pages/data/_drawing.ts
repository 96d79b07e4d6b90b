/** Ink of one level: the path of its pixels. */
export interface Layer {
  opacity: string;
  path: string;
}

/**
 * The pixels of an image as paths, one for each of eight levels of ink; runs along a row are one rectangle. An SVG so
 * small that a page can hold dozens, with no image file and no script.
 */
export function inkLayers(pixels: Float32Array, side: number): Layer[] {
  const level = (at: number) => Math.round(Math.min(1, Math.max(0, pixels[at]!)) * 8);
  const paths = Array.from({ length: 9 }, () => "");
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side;) {
      const here = level(row * side + column);
      let end = column + 1;
      while (end < side && level(row * side + end) === here) end++;
      paths[here] += `M${column} ${row}h${end - column}v1h-${end - column}z`;
      column = end;
    }
  }
  return paths
    .map((path, index) => ({ path, opacity: String(index / 8) }))
    .filter(({ path, opacity }) => path !== "" && opacity !== "0");
}

/** A plot of points in a square of 100 by 100, y upwards: one path of dots for each group. */
export function dots(points: Float32Array, groups?: Int32Array): string[] {
  const count = points.length / 2;
  const xs = Array.from({ length: count }, (_, i) => points[2 * i]!);
  const ys = Array.from({ length: count }, (_, i) => points[2 * i + 1]!);
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = 94 / Math.max(right - left, high - low, Number.MIN_VALUE);
  const paths: string[] = [];
  for (let i = 0; i < count; i++) {
    const x = 50 + (xs[i]! - (left + right) / 2) * scale;
    const y = 50 - (ys[i]! - (low + high) / 2) * scale;
    const group = groups?.[i] ?? 0;
    paths[group] = `${paths[group] ?? ""}M${x.toFixed(1)} ${y.toFixed(1)}h0`;
  }
  return Array.from(paths, (path) => path ?? "");
}
