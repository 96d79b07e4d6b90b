import type { ApartAnswer, ApartRequest } from "#notebook/apart";
import { runInNode } from "#notebook/node";

/* The process behind `runApart`: runs the one notebook that it is sent, and answers. */

process.once("message", async (message) => {
  const { slug, text, options } = message as ApartRequest;
  const answer: ApartAnswer = await runInNode(slug, text, options).then(
    (run) => ({ run }),
    (error: unknown) => ({ message: error instanceof Error ? error.message : String(error) }),
  );
  process.send!(answer);
});
