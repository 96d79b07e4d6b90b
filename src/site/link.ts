/**
 * The path of a page or file of this site under a base path.
 *
 * joinBase("/kb/", "/t/hedgehog/") is "/kb/t/hedgehog/"; joinBase("/", "/t/hedgehog/") is "/t/hedgehog/".
 *
 * @throws when `path` is not rooted: a relative path would resolve differently on every page.
 */
export function joinBase(base: string, path: string): string {
  if (!path.startsWith("/") || path.startsWith("//")) {
    throw new Error(
      `joinBase: expected a path that starts with one "/", got "${path}"; write it from the site's root`,
    );
  }
  const trimmed = base.replace(/^\/+|\/+$/g, "");
  return trimmed === "" ? path : `/${trimmed}${path}`;
}

/** The address to put into a link: `path` (from the site's root) under the base path the site is built for. */
export function href(path: string): string {
  return joinBase(import.meta.env.BASE_URL, path);
}

/** The address for whoever reads elsewhere: with the host where the build knows it (SITE), from the root where not. */
export function address(path: string): string {
  const { SITE } = import.meta.env as { SITE?: string };
  return SITE ? new URL(href(path), SITE).href : href(path);
}
