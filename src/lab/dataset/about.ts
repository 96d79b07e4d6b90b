/** Something of a dataset to look at. */
export type Sample =
  | {
      kind: "images";
      title: string;
      images: Float32Array; // [count, side * side], 0 to 1
      side: number;
      labels?: ArrayLike<number | string>;
    }
  | { kind: "text"; title: string; lines: string[] }
  | {
      kind: "points";
      title: string;
      points: Float32Array; // [count, 2]
      groups?: Int32Array; // [count]
    };

/** What a dataset's page in the site says of it. A module of this folder that exports `about` has such a page. */
export interface About {
  title: string;
  /** One sentence, unlike any other page's. */
  description: string;
  /** How much there is, and how it is split. */
  size: string;
  /** How to import it. */
  use: string;
  /** The extracts in public/data/ that it reads, without extension; none when it is generated. */
  files?: string[];
  /** Drawn when the site is built; the same at every build. */
  samples(): Promise<Sample[]> | Sample[];
}
