/** A resource plugin of the tests as a process: `main.js <package> <address of the engine>`. */
import { PLUGINS } from "./plugins";
import { servePlugin } from "./server";

const [, , name = ""] = process.argv;
const load = PLUGINS[name];
if (load === undefined) {
  throw new Error(`the tests have no plugin for the package ${name}`);
}
void load().then(servePlugin);
