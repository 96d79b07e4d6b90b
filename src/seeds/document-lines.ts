import { SeedError } from "#seeds/seed-error";

/** A line of a document: its text without surrounding white space, and its number from 1. */
export interface SeedLine {
  text: string;
  line: number;
}

/**
 * The lines of a document's bytes, read as UTF-8 with or without byte order mark, with LF, CRLF or CR line ends;
 * a missing final line end makes no difference.
 * Throws SeedError for bytes that are no text, and for a document without any text.
 */
export function documentLines(bytes: Uint8Array, file: string): SeedLine[] {
  const text = decode(bytes, file);
  const lines = text.split(/\r\n|\n|\r/).map((content, index) => ({ text: content.trim(), line: index + 1 }));
  if (lines.every(({ text: content }) => content === ""))
    throw new SeedError({
      file,
      line: 1,
      expected: "a seed document",
      found: "an empty file",
      remedy: "Put the document's text into it or remove the file.",
    });
  return lines;
}

function decode(bytes: Uint8Array, file: string): string {
  const text = new TextDecoder("utf-8").decode(bytes);
  // U+FFFD stands where the bytes are not UTF-8; control characters never occur in a page of text.
  const bad = text.search(/[\u0000-\u0008\u000e-\u001f\ufffd]/);
  if (bad < 0) return text;
  throw new SeedError({
    file,
    line: text.slice(0, bad).split(/\r\n|\n|\r/).length,
    expected: "text in UTF-8",
    found: `the character U+${text.charCodeAt(bad).toString(16).toUpperCase().padStart(4, "0")}`,
    remedy: "Save the document as plain text in UTF-8.",
  });
}
