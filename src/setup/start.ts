import { basePath, buildSite } from "#setup/build";
import { addressOf, explain, serveFolder, SetupError } from "#setup/server";

/* `npm start`: builds the site and serves it. The port is taken first: a build is not wasted on one in use. */
try {
  const port = Number(process.env.PORT ?? 4321);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new SetupError(
      `PORT is "${process.env.PORT}": give a number from 1 to 65535, such as PORT=4321 npm start.`,
    );
  }
  const server = await serveFolder("dist", { port, base: basePath() });
  try {
    buildSite({ site: new URL(addressOf(server, "/")).origin });
  } catch (error) {
    server.close();
    throw error;
  }
  console.log(`\nBenchtop: ${addressOf(server, basePath())} (Ctrl-C stops it)\n`);
} catch (error) {
  explain(error);
}
