import type { Technique } from "#site/technique";

/** What techniques save, in the order of a model's life, with the short words that head a narrow column. */
export const savings = [
  { name: "labelled data", short: "Labels" },
  { name: "trainable parameters", short: "Params" },
  { name: "training memory", short: "Memory" },
  { name: "training FLOPs", short: "Train" },
  { name: "inference FLOPs", short: "Infer" },
  { name: "latency", short: "Latency" },
  { name: "storage", short: "Storage" },
] as const satisfies { name: Technique["data"]["saves"][number]; short: string }[];
