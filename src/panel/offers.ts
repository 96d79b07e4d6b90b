import { differenceOf } from "#panel/difference";
import { type Edit, sortEdits } from "#panel/edits";
import { linkedEdits } from "#panel/link";
import type { Notice } from "#panel/notice";
import { cellsText } from "#panel/words";

/** Shows the code that a link carries, cell by cell; `take` is called only when the reader says so. */
export async function offerLinked(
  notice: Notice,
  fragment: string,
  { published, own }: { published: readonly string[]; own: number },
  take: (edits: Edit[]) => void,
): Promise<void> {
  let carried: Edit[];
  try {
    carried = await linkedEdits(fragment);
  } catch (error) {
    return notice.show((error as Error).message);
  }
  const { fitting, outdated } = sortEdits(carried, published);
  const old = outdated.length > 0 ? ` ${cellsText(outdated.length)} of it changed here since: left out.` : "";
  const mine = own > 0 ? " It would take the place of your own edits." : "";
  notice.show(
    `This link carries edited code for ${cellsText(fitting.length)}.${old}${mine} Nothing of it runs unless you run it.`,
    fitting.length === 0
      ? []
      : [
          ["Use this code", () => take(fitting)],
          ["Keep the page as it is", () => notice.hide()],
        ],
    fitting.flatMap(({ number, source }) => [
      Object.assign(document.createElement("p"), { textContent: `Cell ${number}` }),
      differenceOf(published[number - 1]!, source),
    ]),
  );
}

/** Shows edits of an earlier version of the page, to copy from; `discard` is called when the reader lets them go. */
export function showOutdated(notice: Notice, outdated: readonly Edit[], discard: () => void): void {
  notice.show(
    `You edited ${cellsText(outdated.length)} of an earlier version of this notebook. The page has changed there since, ` +
      "so that the published code runs; yours is below, to copy from.",
    [["Discard my old edits", discard]],
    outdated.map(({ number, source }) => {
      const shown = document.createElement("pre");
      shown.className = "difference";
      shown.tabIndex = 0;
      shown.textContent = `// cell ${number}\n${source}`;
      return shown;
    }),
  );
}
