import type { Plugin } from "./handler";

/** The plugins of the tests, by package. They are loaded separately, because the AWS SDK takes a while. */
export const PLUGINS: Readonly<Record<string, () => Promise<Plugin>>> = {
  aws: async () => (await import("./awsPlugin.js")).awsPlugin(),
  gcp: async () => (await import("./gcpPlugin.js")).gcpPlugin(),
  kubernetes: async () => (await import("./kubernetesPlugin.js")).kubernetesPlugin(),
};
