import { readableNumber } from "#lab/figure/quantity";
import { boundText } from "#ledger/bound";
import { ledgerOf, shownRun } from "#ledger/library";
import { VERDICTS } from "#ledger/verdict";
import type { Displayed } from "#notebook/displayed";
import { notebookSlugs, readNotebook } from "#notebook/source";
import { citePage, citePaper } from "#site/citation";
import { address } from "#site/link";
import { recordOf, type TechniqueRecord } from "#site/record";
import { relationsOf, type Technique } from "#site/technique";

/** A technique's page as Markdown: its body with each component written out, math as TeX, rooted links made whole. */
export async function pageMarkdown(technique: Technique): Promise<string> {
  const { slug, name, title, data, entry } = technique;
  const record = recordOf(technique);
  const written: Record<string, () => string | Promise<string>> = {
    Abstract: () => abstract(technique),
    Choice: () => choice(technique),
    Citation: () => citation(technique),
    Claims: () => claims(record),
    Mistakes: () => mistakes(technique),
    Notebook: () => notebook(slug),
    Related: () => related(technique),
  };
  const parts = (entry.body ?? "").split(/^(<\w+[^>]*\/>)$/m);
  const body = await Promise.all(
    parts.map((part) => {
      const [, component, figure] = /^<(\w+)(?: figure="([^"]*)")?[^>]*\/>$/.exec(part) ?? [];
      if (!component) return part;
      if (component === "Recorded") return recordedFigure(slug, figure!);
      if (!written[component])
        throw new Error(`${slug}.mdx: expected a component that has a Markdown form, got <${component} />`);
      return written[component]();
    }),
  );
  const facts = [
    ["Status", checked(record)],
    ["Family", record.family.name],
    ["Modality", record.modality.join(", ")],
    ["Saves", record.saves.join(", ")],
    ["Trainable parameters", record.trainableParameters],
    ["Inference overhead", record.inferenceOverhead],
    ["Published", data.venue ?? data.year?.toString()],
    ["arXiv", data.arxiv],
    ["Code", data.code],
    ["Page", record.url],
  ].filter(([, value]) => value);
  const head = [
    `# ${title}`,
    [`**${name}**`, ...data.aliases].join(" · "),
    data.summary,
    facts.map(([key, value]) => `- ${key}: ${value}`).join("\n"),
  ];
  return `${[...head, rooted(body.join("").trim().replaceAll("](#", `](/t/${slug}/#`))].filter(Boolean).join("\n\n")}\n`;
}

/** Rooted links with the base path, and the host where it is known; an equation's name before it. */
function rooted(markdown: string): string {
  const named = markdown.replace(/^\$\$ (\S.*)$/gm, "*$1*:\n\n$$$$");
  return named.replace(/\]\((\/(?!\/)[^)\s]*)\)/g, (_, path: string) => `](${address(path)})`);
}

function checked({ status, checked }: TechniqueRecord): string {
  return checked
    ? `${status}; checked ${checked.date} on ${checked.device}, commit ${checked.commit}`
    : status;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join("\n");
}

function choice({ data: { useWhen = [], avoidWhen = [] } }: Technique): string {
  const part = (words: string, items: string[]) => (items.length > 0 ? `${words}:\n\n${list(items)}` : "");
  return [part("Use it when", useWhen), part("Use another when", avoidWhen)].filter(Boolean).join("\n\n");
}

function claims({ claims, checked }: TechniqueRecord): string {
  if (!checked) return "No claim of this paper has been measured here yet.";
  const rows = claims.map(({ says, paper, kind, measured, unit, bound, verdict, id }) => {
    const number = `${readableNumber(measured)} ${unit}`.trim();
    return [says, paper, `${number} (${kind}, ${boundText(bound)})`, VERDICTS[verdict], `\`${id}\``];
  });
  return table(["claim", "the paper reports", "the recorded run measured", "verdict", "id"], rows);
}

function mistakes({ slug, data }: Technique): string {
  const recorded = ledgerOf(slug)?.mistakes ?? [];
  return list(
    data.mistakes.map(({ id, name, why, find, replace, breaks }) => {
      const broke = recorded.find((one) => one.id === id)?.broke ?? [];
      const caught = breaks.every((claim) => broke.includes(claim)) ? "Caught by" : "Should be caught by";
      return `**${name}.** ${why} ${inline(find)} becomes ${inline(replace)}. ${caught} ${breaks.join(", ")}.`;
    }),
  );
}

/** Code in a sentence; the fence is longer than any in the code. */
function inline(code: string): string {
  const fence = "`".repeat(1 + Math.max(0, ...(code.match(/`+/g) ?? []).map(({ length }) => length)));
  return `${fence} ${code.replace(/\s+/g, " ")} ${fence}`;
}

function notebook(slug: string): string {
  if (!notebookSlugs().includes(slug))
    return "**Not yet built.** No notebook reproduces this technique so far, so none of its claims has been checked here.";
  const ledger = ledgerOf(slug);
  const outputs = (ledger && shownRun(ledger))?.cells ?? [];
  const cells = readNotebook(slug).cells.map((cell) => {
    if (cell.type === "prose") return cell.source.replace(/^#+ (.*)$/gm, "**$1**");
    const { displayed } = outputs.find(({ number }) => number === cell.number) ?? {};
    return ["```ts", cell.source, "```", displayed && `\n${output(displayed)}`].filter(Boolean).join("\n");
  });
  return cells.join("\n\n");
}

function recordedFigure(slug: string, title: string): string {
  const ledger = ledgerOf(slug);
  const cells = (ledger && shownRun(ledger))?.cells ?? [];
  const shown = cells.find(
    ({ displayed }) => displayed?.kind === "figure" && displayed.figure.title === title,
  );
  return shown?.displayed ? output(shown.displayed) : "";
}

/** What a cell displayed: drawings as their words; their numbers are in the notebook's file. */
function output(displayed: Displayed): string {
  switch (displayed.kind) {
    case "figure":
      return `*Figure: ${displayed.figure.title}.* ${displayed.figure.description}`;
    case "table": {
      const { title, columns, rows } = displayed.table;
      const readable = rows.map((row) => row.map((x) => (typeof x === "number" ? readableNumber(x) : x)));
      return `${title}:\n\n${table(columns, readable)}`;
    }
    case "tensor":
      return `Tensor of shape [${displayed.tensor.shape.join(", ")}]`;
    case "quantity":
      return `${readableNumber(displayed.quantity.value)} ${displayed.quantity.unit}`;
    case "text":
      return `\`\`\`\n${displayed.text}\n\`\`\``;
  }
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replace(/\s+/g, " ")).join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}

async function related(technique: Technique): Promise<string> {
  const relations = await relationsOf(technique);
  return list(
    relations.map(
      ({ technique: other, why }) =>
        `[${other.name}](/t/${other.slug}/): ${why || other.data.summary || other.title} (${other.status})`,
    ),
  );
}

function abstract({ seed }: Technique): string {
  const quoted = seed.abstract?.split(/\n{2,}/) ?? seed.summary ?? [];
  const sources = seed.sources.map(({ document, line }) => `${document}, line ${line}`).join(" and ");
  const what = seed.abstract ? "The authors’ abstract, quoted from" : "Summary sentences from";
  return `${quoted.map((paragraph) => `> ${paragraph.replace(/\s+/g, " ")}`).join("\n>\n")}\n\n${what} ${sources}.`;
}

function citation({ slug, name, title, data, seed }: Technique): string {
  const { year, arxiv, venue } = data;
  const paper = citePaper({ slug, title, authors: seed.authors, year, arxiv, venue });
  const [path, ledger] = [`/t/${slug}/`, ledgerOf(slug)];
  const url = import.meta.env.SITE ? address(path) : undefined;
  const page = citePage({ slug, name, path, url, checked: ledger && shownRun(ledger)?.date });
  return `\`\`\`bibtex\n${paper}\n\n${page}\n\`\`\``;
}
