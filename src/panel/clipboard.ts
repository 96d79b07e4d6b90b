/** Copies a text; where the browser does not allow it, returns a box that holds it, to be copied by hand. */
export async function copyText(text: string): Promise<HTMLTextAreaElement | undefined> {
  try {
    await navigator.clipboard.writeText(text);
    return undefined;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.readOnly = true;
    area.rows = 6;
    area.ariaLabel = "Text to copy";
    return area;
  }
}
