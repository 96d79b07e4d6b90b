import type { APIRoute } from "astro";
import { json } from "#site/json";
import { address } from "#site/link";
import { recordOf } from "#site/record";
import { techniques } from "#site/technique";

/** All techniques as data. */
export const GET: APIRoute = async () =>
  json({ $schema: address("/techniques.schema.json"), techniques: (await techniques()).map(recordOf) });
