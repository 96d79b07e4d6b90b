import { address } from "#site/link";
import { escapeHtml } from "#site/mathematics";

/** CSS pixels that the frame asks for. */
export const embedSize = { width: 720, height: 420 };

/** The frame that other sites put in their pages. */
export function embedCode(slug: string, name: string): string {
  const title = escapeHtml(`${name} on Benchtop`);
  return `<iframe src="${address(`/embed/${slug}/`)}" title="${title}" width="${embedSize.width}" height="${embedSize.height}" style="border:0;max-width:100%" loading="lazy"></iframe>`;
}
