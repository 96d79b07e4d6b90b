import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BuiltPage, BuiltSite } from "./built-site";

const origin = "http://site.test";
const attributes = ["href", "src", "action", "poster", "data-host"];

/** What every page of a site links to within the site and does not find: "page: link: what is missing". */
export function deadLinks(site: BuiltSite): string[] {
  return [...site.pages.values()].flatMap((page) =>
    addressesOf(page).flatMap((address) => {
      const problem = problemWith(site, page, address);
      return problem ? [`${page.path}: ${address}: ${problem}`] : [];
    }),
  );
}

/** What pages load (not link to) from another host. */
export function foreignResources(site: BuiltSite): string[] {
  return [...site.pages.values()].flatMap((page) =>
    page.elements
      // A canonical or alternate link names an address and loads nothing.
      .filter(({ name, attributes }) => name !== "a" && !/canonical|alternate/.test(attributes.rel ?? ""))
      .flatMap(({ attributes: { src, href, srcset } }) => [src, href, srcset])
      .filter((address) => address !== undefined && /^([a-z]+:)?\/\//i.test(address))
      .map((address) => `${page.path}: ${address}`),
  );
}

function addressesOf(page: BuiltPage): string[] {
  const all = page.elements
    .filter(({ name, attributes }) => name !== "math" && attributes.rel !== "canonical")
    .flatMap((element) => attributes.map((attribute) => element.attributes[attribute]))
    .filter((address): address is string => address !== undefined);
  return [...new Set(all)];
}

function problemWith({ root, base, pages }: BuiltSite, page: BuiltPage, address: string): string | undefined {
  const url = new URL(address, origin + base.replace(/\/$/, "") + page.path);
  if (url.origin !== origin) return undefined;
  if (!url.pathname.startsWith(base)) return `is outside the base path ${base}`;
  const path = `/${decodeURIComponent(url.pathname.slice(base.length))}`;
  const target = pages.get(path);
  if (!target) {
    const file = join(root, path.endsWith("/") ? `${path}index.html` : path);
    return existsSync(file) && statSync(file).isFile() ? undefined : "no such page or file";
  }
  const id = decodeURIComponent(url.hash.slice(1));
  if (id === "" || target.elements.some((element) => element.attributes.id === id)) return undefined;
  return `no element has the id "${id}"`;
}
