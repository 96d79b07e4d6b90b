/** What a seed document has, and what it should have had. */
export interface SeedFault {
  /** Path of the document, as the reader of the message would open it. */
  file: string;
  /** Line of the fault, counted from 1. */
  line: number;
  expected: string;
  found: string;
  /** What to do, as a sentence. */
  remedy: string;
}

/** A seed document that does not parse. The message says where, what was expected, what was found, what to do. */
export class SeedError extends Error implements SeedFault {
  override readonly name = "SeedError";
  readonly file: string;
  readonly line: number;
  readonly expected: string;
  readonly found: string;
  readonly remedy: string;

  constructor(fault: SeedFault) {
    super(`${fault.file}:${fault.line}: expected ${fault.expected}, found ${fault.found}. ${fault.remedy}`);
    this.file = fault.file;
    this.line = fault.line;
    this.expected = fault.expected;
    this.found = fault.found;
    this.remedy = fault.remedy;
  }
}

/** `text` in quotation marks for a message, cut after 60 characters so that the message stays one sentence. */
export function quoted(text: string): string {
  return text.length > 60 ? `“${text.slice(0, 60).trimEnd()}…”` : `“${text}”`;
}
