import type { APIRoute } from "astro";
import { z } from "astro/zod";
import { json } from "#site/json";
import { listSchema } from "#site/record";

/** The JSON Schema (draft 2020-12) of `/techniques.json`; a technique's own file is one element of its list. */
export const GET: APIRoute = () => json({ title: "Benchtop's techniques", ...z.toJSONSchema(listSchema) });
