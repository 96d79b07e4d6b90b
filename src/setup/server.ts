import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import sirv from "sirv";

/** A sentence for the terminal, without a stack trace: something outside the program is to be mended. */
export class SetupError extends Error {
  override name = "SetupError";
}

/** Prints a setup error as its sentence alone, any other in full, and sets the exit status. */
export function explain(error: unknown): void {
  console.error(error instanceof SetupError ? `\nBenchtop: ${error.message}\n` : error);
  process.exitCode = 1;
}

/**
 * A server of the files in `folder` under the base path, listening on the loopback interface.
 * It reads the folder at each request, so it can be started before the folder is built.
 * @param port 0 lets the system choose
 * @throws SetupError when the port is taken or may not be used
 */
export async function serveFolder(
  folder: string,
  { port, base }: { port: number; base: string },
): Promise<Server> {
  const files = sirv(folder, { dev: true, etag: true });
  const prefix = base.replace(/\/$/, "");
  const server = createServer((request, response) => {
    if (!request.url?.startsWith(`${prefix}/`)) {
      response.writeHead(302, { location: `${prefix}/` }).end();
      return;
    }
    request.url = request.url.slice(prefix.length);
    files(request, response, () => {
      const page = join(folder, "404.html");
      response.writeHead(404, { "content-type": "text/html; charset=utf-8" });
      response.end(existsSync(page) ? readFileSync(page) : "Not found");
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE" || error.code === "EACCES"
          ? new SetupError(portSentence(port, error.code))
          : error,
      );
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  return server;
}

function portSentence(port: number, code: string): string {
  const problem = code === "EADDRINUSE" ? "is in use" : "may not be opened by this user";
  return `port ${port} ${problem}: stop what listens there, or choose another, such as PORT=${port < 1024 ? 4321 : port + 1} npm start.`;
}

/** The address at which a server answers. */
export function addressOf(server: Server, base: string): string {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("addressOf: the server does not listen on a port");
  return `http://127.0.0.1:${address.port}${base}`;
}
