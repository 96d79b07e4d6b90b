import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createMarkdownProcessor } from "@astrojs/markdown-remark";
import type { About } from "#lab/dataset/about";
import { startLabSession } from "#site/lab-session";
import { href } from "#site/link";

/** A dataset of the lab, as its page shows it. */
export interface Dataset extends About {
  /** Its module's file name, and its address. */
  name: string;
  href: string;
}

/** An extract that a dataset reads. */
export interface Extract {
  name: string;
  href: string;
  bytes: number;
  /** What its .source.md says, as HTML without its heading. */
  source: string;
}

const folder = join(process.cwd(), "public/data");

/** Every module of the lab's dataset folder that tells about itself, by title. */
export function datasets(): Dataset[] {
  startLabSession();
  const modules = import.meta.glob<{ about?: About }>("/src/lab/dataset/*.ts", { eager: true });
  return Object.entries(modules)
    .flatMap(([path, { about }]) => {
      const name = path.replace(/^.*\/|\.ts$/g, "");
      return about ? [{ ...about, name, href: href(`/data/${name}/`) }] : [];
    })
    .sort((a, b) => a.title.localeCompare(b.title, "en"));
}

/**
 * The extract of this name in public/data/.
 * @throws when the file or the note of its source is not there
 */
export async function extract(name: string): Promise<Extract> {
  const files = readdirSync(folder).filter((file) => file.startsWith(`${name}.`));
  const file = files.find((one) => one !== `${name}.source.md`);
  if (!file || files.length !== 2)
    throw new Error(
      `extract: expected public/data/${name}.source.md and one file beside it, got ${files.join(", ") || "none"}`,
    );
  const text = readFileSync(join(folder, `${name}.source.md`), "utf8").replace(/^# .*\n/, "");
  const { code } = await (await createMarkdownProcessor()).render(text);
  return { name: file, href: href(`/data/${file}`), bytes: statSync(join(folder, file)).size, source: code };
}
