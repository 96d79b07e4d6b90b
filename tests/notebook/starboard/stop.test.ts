import { expect, test } from "vitest";
import { emptyScope, runCell } from "#notebook/run";
import { Stopped, stoppable } from "#notebook/starboard/stop";

const load = async () => ({});

test("a cell that waits for ever ends when it is stopped, and a second one does not begin to wait", async () => {
  const { hold, stop, signal } = stoppable();
  const run = (source: string) =>
    runCell({ number: 1, source }, { slug: "n", scope: emptyScope(), load, hold }).catch(
      (error: Error) => error.cause,
    );
  const waiting = run("await new Promise(() => {});");
  setTimeout(stop, 10);
  expect(await waiting).toBeInstanceOf(Stopped);
  expect(signal.aborted).toBe(true);
  expect(await run("await 1;")).toBeInstanceOf(Stopped);
});

test("values pass while nobody stops", async () => {
  const { hold } = stoppable();
  expect(await hold(3)).toBe(3);
  await expect(hold(Promise.reject(new Error("own")))).rejects.toThrow("own");
});
