import type { Plugin } from "./handler";

/** The plugins of the tests, by package. Loaded one by one: the SDK of AWS takes a while. */
export const PLUGINS: Readonly<Record<string, () => Promise<Plugin>>> = {
  aws: async () => (await import("./awsPlugin.js")).awsPlugin(),
  gcp: async () => (await import("./gcpPlugin.js")).gcpPlugin(),
};
