/** A resource plugin of the tests as a process: `main.js <package> <address of the engine>`. */
import { type Plugin, servePlugin } from "./server";

/** Loaded one by one: the SDK of AWS takes a while. */
const PLUGINS: Readonly<Record<string, () => Promise<Plugin>>> = {
  aws: async () => (await import("./awsPlugin.js")).awsPlugin(),
  gcp: async () => (await import("./gcpPlugin.js")).gcpPlugin(),
};

const [, , name = ""] = process.argv;
const load = PLUGINS[name];
if (load === undefined) {
  throw new Error(`the tests have no plugin for the package ${name}`);
}
void load().then(servePlugin);
