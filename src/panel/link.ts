import { areEdits, type Edit } from "#panel/edits";

/** What the fragment of a link with edits begins with. */
export const EDITS = "#edits=";

/** Links longer than this are cut by some programs that pass them on. */
export const LONGEST = 8000;

/** The fragment that carries edits: JSON, deflated, in base64 as URLs have it. */
export async function linkFragment(edits: readonly Edit[]): Promise<string> {
  const bytes = await piped(
    new TextEncoder().encode(JSON.stringify(edits)),
    new CompressionStream("deflate-raw"),
  );
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return EDITS + base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/**
 * The edits that a link's fragment carries.
 * @throws when it is cut off or carries something else
 */
export async function linkedEdits(fragment: string): Promise<Edit[]> {
  let value: unknown;
  try {
    const base64 = fragment.slice(EDITS.length).replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
    value = JSON.parse(new TextDecoder().decode(await piped(bytes, new DecompressionStream("deflate-raw"))));
  } catch {
    throw new Error("This link should carry edited code, but it is cut off or damaged. Ask for it again.");
  }
  if (!areEdits(value)) throw new Error("This link should carry edited code, but it carries something else.");
  return value;
}

async function piped(
  bytes: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const readable = new Blob([bytes]).stream().pipeThrough(through);
  return new Uint8Array(await new Response(readable).arrayBuffer());
}
