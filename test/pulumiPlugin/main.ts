/** A resource plugin of the tests as a process: `main.js <package> <address of the engine>`. */
import { awsPlugin } from "./awsPlugin";
import { type Plugin, servePlugin } from "./server";

const PLUGINS: Readonly<Record<string, () => Plugin>> = { aws: awsPlugin };

const [, , name = ""] = process.argv;
const plugin = PLUGINS[name];
if (plugin === undefined) {
  throw new Error(`the tests have no plugin for the package ${name}`);
}
servePlugin(plugin());
