/** A response with JSON that a person can read too. */
export function json(value: unknown): Response {
  return new Response(`${JSON.stringify(value, null, 1)}\n`, {
    headers: { "content-type": "application/json; charset=utf-8" },
  });
}
