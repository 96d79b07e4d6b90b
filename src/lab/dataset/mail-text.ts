/** A message as the corpus has it, with headers. */
export interface Message {
  headers: string;
  body: string;
}

/** A message split at its first empty line, folded headers joined. */
export function parseMessage(text: string): Message {
  const source = text.replace(/\r\n?/g, "\n");
  const end = source.indexOf("\n\n");
  if (end < 0) return { headers: source, body: "" };
  return { headers: source.slice(0, end).replace(/\n[ \t]+/g, " "), body: source.slice(end + 2) };
}

/** The names and address parts of the people in a message's headers, as words of three letters or more. */
export function namesIn(headers: string): string[] {
  const people = headers.match(/^(From|To|Cc|Sender|Reply-To):.*$/gim) ?? [];
  const words = people.flatMap((line) =>
    line
      .replace(/^[^:]*:/, "")
      .replace(/@\S*/g, " ")
      .split(/[^A-Za-z]+/),
  );
  return [...new Set(words.filter((word) => word.length >= 3))];
}

/**
 * The words of a body on one line, without what points at a person: quoted lines, attributions, forwarded headers,
 * signatures and list footers are left out; addresses become `<address>`, links `<url>`, long numbers `<number>`, and
 * each word that `isName` says is a name `<name>`. Markup is left out too.
 */
export function anonymous(body: string, isName: (word: string) => boolean): string {
  const lines = body
    .split(/\n(?:-- ?|_{5,}|-{5,}.*)\n/)[0]!
    .split("\n")
    .filter((line) => !/^\s*([>|:]|-+\]|\w{1,4}>)/.test(line))
    .filter((line) => !/^\s*(From|To|Cc|Date|Sent|Subject|Message-ID|Reply-To)\s*:/i.test(line))
    .filter(
      (line) => !/\b(wrote|writes|said|says|stated)\b.{0,60}:\s*$/i.test(line) && !/^On .*\d{4}/.test(line),
    );
  return (
    lines
      .join(" ")
      .replace(/<[^>]*>|&\w+;/g, (tag) => (tag.includes("@") ? " <address> " : " "))
      .replace(/\b(?:https?|ftp|mailto):\S+|\bwww\.\S+/gi, " <url> ")
      .replace(/\S*@\S*|\S+\s+at\s+\S+\s+dot\s+\w+/gi, " <address> ")
      .replace(/\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|edu|gov|info|biz|co\.uk|ie|de|nl|fr)\b\S*/gi, " <url> ")
      .replace(/[+(]?\d[\d().\s-]{5,}\d/g, " <number> ")
      .replace(/(?<![<\w])[A-Za-z]{2,}/g, (word) => (isName(word) ? "<name>" : word))
      // What stands beside a name is often the rest of it.
      .replace(/(?:[A-Z][a-z]+ (?:[A-Z]\.? )?)?<name>(?: (?:[A-Z]\.? )?[A-Z][a-z]+)?/g, "<name>")
      .replace(/<name>(?:[\s.,]+(?:[A-Z]\.?\s+)?<name>)+/g, "<name>")
      .replace(/\s+/g, " ")
      .trim()
  );
}
