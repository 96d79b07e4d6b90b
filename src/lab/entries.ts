import type { Entry } from "#lab/arena/contender";
import { enter as bitFit } from "#lab/entry/bitfit";
import { enter as dept } from "#lab/entry/dept";
import { enter as full } from "#lab/entry/full";
import { enter as headOnly } from "#lab/entry/head-only";
import { enter as hft } from "#lab/entry/hft";
import { enter as ia3 } from "#lab/entry/ia3";
import { enter as lozo } from "#lab/entry/lozo";
import { enter as prefix } from "#lab/entry/prefix";
import { enter as prompt } from "#lab/entry/prompt";
import { enter as s2ft } from "#lab/entry/s2ft";
import { enter as ssf } from "#lab/entry/ssf";

/** Methods of the arena of tuning that have no page of their own, by name; adapters and LoRA are in the notebook. */
export const reviewed = { "head only": headOnly, full, BitFit: bitFit, "(IA)³": ia3, prefix, prompt };

/** The techniques with a page of their own that have entered, by name. */
export const techniques: Record<string, { slug: string; enter: Entry }> = {
  SSF: { slug: "ssf", enter: ssf },
  "S²FT": { slug: "s2ft", enter: s2ft },
  HFT: { slug: "hft", enter: hft },
  LOZO: { slug: "lozo", enter: lozo },
  DePT: { slug: "dept", enter: dept },
};

/** The learning rates that the recorded tournament chose. */
export const rates: Record<string, number> = {
  "head only": 0.00032,
  full: 0.00032,
  BitFit: 0.0032,
  "(IA)³": 0.032,
  prefix: 0.001,
  prompt: 0.0032,
  adapter: 0.0032,
  LoRA: 0.0032,
  SSF: 0.0032,
  "S²FT": 0.001,
  HFT: 0.00032,
  LOZO: 0.0032,
  DePT: 0.0032,
};
