/** A new element with these attributes and children; text is text, never markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A new element that holds an excerpt: the search engine escapes the page's text and adds only `<mark>`. */
export function excerpt(html: string): HTMLSpanElement {
  const made = element("span", { class: "excerpt" });
  made.innerHTML = html;
  return made;
}
