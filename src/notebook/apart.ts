import { fork } from "node:child_process";
import { join } from "node:path";
import { findChromium } from "#setup/program";
import { vulkanOf } from "#setup/vulkan";
import type { NodeRun, NodeRunOptions } from "#notebook/node";

/** What a process that runs one notebook is asked. */
export interface ApartRequest {
  slug: string;
  text: string;
  options: NodeRunOptions;
}

/** What it answers: the run, or the message of what stopped it. */
export type ApartAnswer = { run: NodeRun } | { message: string };

/**
 * The result of a notebook's cells, run in a process of its own: memory, compiled kernels and a GPU that hangs end with
 * it. (Dawn does not outlive several runs in one process.) WebGPU takes the machine's Vulkan driver, or else the one in
 * software that Chromium brings along.
 * @throws the run's error; or, when the process ends without an answer, an error that says how it ended
 */
export async function runApart(slug: string, text: string, options: NodeRunOptions): Promise<NodeRun> {
  const driver = options.device === "webgpu" && !process.env.VK_ICD_FILENAMES ? vulkanOf(findChromium()) : {};
  const child = fork(join(process.cwd(), "src/notebook/alone.ts"), {
    env: { ...process.env, ...driver },
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let trace = "";
  child.stderr!.on("data", (chunk: Buffer) => (trace = (trace + chunk.toString()).slice(-2000)));
  const answer = await new Promise<ApartAnswer>((resolve) => {
    child.on("message", (message) => resolve(message as ApartAnswer));
    child.on("exit", (code, signal) =>
      resolve({
        message:
          `${slug} on ${options.device}: expected a finished run, but its process ended ` +
          `${signal ? `by ${signal}` : `with code ${code}`}: ${trace.trim() || "it said nothing"}`,
      }),
    );
    child.send({ slug, text, options } satisfies ApartRequest);
  });
  child.kill();
  if ("message" in answer) throw new Error(answer.message);
  return answer.run;
}
