import type { Status } from "#ledger/status";
import { escapeHtml } from "#site/mathematics";

/** Dark enough for white letters (4.5:1), and told apart by words first. */
export const badgeColours: Record<Status, string> = {
  reproduced: "#176a3a",
  "partly reproduced": "#865400",
  "not reproduced at this scale": "#b0241c",
  "not yet built": "#5a5b61",
};

/** Pixels that a text of 11 px takes in the widest of the faces named below; the text is then fitted to them. */
const widthOf = (text: string) => Math.ceil(6.6 * text.length);

/** A technique's status as an SVG picture: "Benchtop: HFT | reproduced, 11 of 11". */
export function badge(name: string, status: Status, { held, of }: { held: number; of: number }): string {
  const [left, right] = [`Benchtop: ${name}`, of > 0 ? `${status}, ${held} of ${of} claims` : status];
  const [a, b] = [widthOf(left) + 14, widthOf(right) + 14];
  const text = (words: string, x: number, width: number) =>
    `<text x="${x + width / 2}" y="14" textLength="${width - 14}" lengthAdjust="spacingAndGlyphs">${escapeHtml(words)}</text>`;
  const label = escapeHtml(`${left}: ${right}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${a + b}" height="20" role="img" aria-label="${label}"><title>${label}</title><clipPath id="c"><rect width="${a + b}" height="20" rx="3"/></clipPath><g clip-path="url(#c)"><rect width="${a}" height="20" fill="#1a1b1f"/><rect x="${a}" width="${b}" height="20" fill="${badgeColours[status]}"/></g><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">${text(left, 0, a)}${text(right, a, b)}</g></svg>\n`;
}
