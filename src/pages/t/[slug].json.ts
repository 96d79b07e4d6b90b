import type { APIRoute } from "astro";
import { json } from "#site/json";
import { recordOf } from "#site/record";
import { type Technique, techniquePaths } from "#site/technique";

/** A technique as data: facts, status, claims with what was measured. */
export const getStaticPaths = techniquePaths;

export const GET: APIRoute<{ technique: Technique }> = ({ props }) => json(recordOf(props.technique));
