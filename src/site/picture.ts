import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import satori from "satori";
import sharp from "sharp";

/*
 * OpenGraph pictures, drawn at build: what a chat or a wiki shows of a link. Letters become outlines, so that a picture does
 * not depend on the machine's fonts; a picture that was drawn before is taken from the cache.
 */

/** What a picture says. */
export interface Card {
  /** Above the name, small: a family, a kind of page. */
  over: string;
  name: string;
  /** A sentence. */
  about: string;
  /** Below, in a row. */
  facts: string[];
  /** The status in its colour. */
  status?: { words: string; colour: string } | undefined;
}

export const pictureSize = { width: 1200, height: 630 };

/** Where the picture of a page lies, from the site's root: /og/t/hft.png for t/hft/. */
export function picturePath(page: string): string {
  return `/og/${page.replace(/(\.html|\/)$/, "") || "benchtop"}.png`;
}

/** Of the drawing below: another one asks for pictures to be drawn anew. */
const drawing = 1;
const cache = ".cache/pictures";
const face = (weight: 400 | 600, subset: string) => ({
  name: "Source Serif",
  weight,
  data: readFileSync(
    `node_modules/@fontsource/source-serif-4/files/source-serif-4-${subset}-${weight}-normal.woff`,
  ),
});

/** A picture as PNG. */
export async function picture(card: Card): Promise<Uint8Array<ArrayBuffer>> {
  const key = createHash("sha256")
    .update(JSON.stringify([drawing, card]))
    .digest("hex")
    .slice(0, 32);
  const file = join(cache, `${key}.png`);
  if (!existsSync(file)) {
    const svg = await satori(drawn(card) as Parameters<typeof satori>[0], { ...pictureSize, fonts: fonts() });
    const png = await sharp(Buffer.from(svg)).png({ palette: true, compressionLevel: 9 }).toBuffer();
    mkdirSync(cache, { recursive: true });
    writeFileSync(file, png);
  }
  return new Uint8Array(readFileSync(file));
}

let read: ReturnType<typeof face>[] | undefined;
function fonts() {
  const subsets = ["latin", "latin-ext", "greek"];
  return (read ??= subsets.flatMap((subset) => [face(400, subset), face(600, subset)]));
}

/** An element as Satori reads it: React's shape, without React. */
const box = (style: Record<string, string | number>, ...children: unknown[]) => ({
  type: "div",
  props: { style: { display: "flex", ...style }, children },
});

function drawn({ over, name, about, facts, status }: Card) {
  const { width, height } = pictureSize;
  const small = { fontSize: 30, color: "#5a5b61" };
  return box(
    { ...{ width, height, background: "#fcfbf8", color: "#1a1b1f", fontFamily: "Source Serif" } },
    box({ width: 8, height, marginLeft: 64, background: "#d8452a" }),
    box(
      {
        flexDirection: "column",
        justifyContent: "space-between",
        flexGrow: 1,
        padding: "56px 64px 52px 48px",
      },
      box(
        { flexDirection: "column" },
        box(small, over),
        box({ fontSize: name.length > 26 ? 64 : 84, fontWeight: 600, lineHeight: 1.1, marginTop: 10 }, name),
        // Four lines at most.
        box({ fontSize: 38, lineHeight: 1.35, marginTop: 24, lineClamp: 4, display: "block" }, about),
      ),
      box(
        { justifyContent: "space-between", alignItems: "flex-end", ...small },
        box(
          { flexDirection: "column" },
          ...(status ? [box({ color: status.colour, fontWeight: 600, fontSize: 34 }, status.words)] : []),
          box({}, facts.join(" · ")),
        ),
        box({ fontWeight: 600, color: "#1a1b1f", fontSize: 34 }, "Benchtop"),
      ),
    ),
  );
}
