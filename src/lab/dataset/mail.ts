import { session } from "#lab/session";
import type { About } from "#lab/dataset/about";

/** The beginning of an e-mail. */
export interface Mail {
  /** Printable ASCII on one line. */
  text: string;
  /** 1 for unwanted mail (spam), 0 for wanted mail (ham). */
  label: 0 | 1;
}

/** E-mails, cut in two. */
export interface MailDataset {
  train: Mail[];
  test: Mail[];
}

/**
 * The beginnings of 1,000 e-mails without headers, half of them spam; spam and ham take turns, so that both parts are
 * balanced. The last `heldOut` part is for testing.
 * Source and licence: `public/data/mail.source.md`.
 * @throws when `heldOut` is not between 0 and 1
 */
export async function mail({ heldOut = 0.25 } = {}): Promise<MailDataset> {
  if (!(heldOut > 0 && heldOut < 1))
    throw new Error(`mail: expected heldOut between 0 and 1, got ${heldOut}`);
  const file = new TextDecoder().decode(await session().readAsset("data/mail.txt"));
  const mails = file
    .trimEnd()
    .split("\n")
    .map((line, at): Mail => {
      const [kind, text] = line.split("\t");
      if (text === undefined || (kind !== "spam" && kind !== "ham"))
        throw new Error(
          `mail: expected spam or ham and a text on line ${at + 1}, got "${line.slice(0, 40)}"`,
        );
      return { text, label: kind === "spam" ? 1 : 0 };
    });
  const cut = 2 * Math.floor((mails.length * (1 - heldOut)) / 2);
  return { train: mails.slice(0, cut), test: mails.slice(cut) };
}

export const about: About = {
  title: "Spam and ham",
  description:
    "The beginnings of 1,000 e-mails without headers, addresses and links, half of them unwanted, for text classification.",
  size: "500 spam and 500 ham messages of 60 to 190 characters, in turn; the last quarter is for testing.",
  use: 'import { mail } from "#lab/dataset/mail";\n\nconst { train, test } = await mail();\ntrain[0]; // { text: "…", label: 1 }',
  files: ["mail"],
  async samples() {
    const { train } = await mail();
    const lines = (label: 0 | 1) =>
      train
        .filter((one) => one.label === label)
        .slice(8, 14)
        .map(({ text }) => text);
    return [
      { kind: "text", title: "Spam", lines: lines(1) },
      { kind: "text", title: "Ham", lines: lines(0) },
    ];
  },
};
