/** `text` as a part of an address: lower case, letters and digits, hyphens; `S²FT & co` → s2ft-and-co. */
export function slugOf(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/&/g, " and ")
    .replace(/['’]/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

/** The name that a title gives its method before a colon (`HFT: Half Fine-Tuning`), or undefined. */
export function nameInTitle(title: string): string | undefined {
  const [, name] = /^([^:?]+):/.exec(title) ?? [];
  return name !== undefined && name.trim().split(/\s+/).length <= 3 ? name.trim() : undefined;
}
