/** The tests that also run on the oldest Node that the package supports. */

/** Where most of the processes are Pulumi's. */
const ENGINES = ["engine/", "world/"];

/**
 * Files in which the version of Node makes no difference, because they judge texts of this repository, or what other programs read,
 * serve or do. What they use of this package has tests of its own, which run on every version.
 */
const THE_SAME_ON_EVERY_NODE = [
  "architecture.test.js",
  "ciExample.test.js",
  "cli/deploy/cutOff.test.js",
  "cli/deploy/severalHosts.test.js",
  "cli/deploy/severalHostsCutOff.test.js",
  "cli/deploy/ssh.test.js",
  "cli/exportKustomize.test.js",
  "cloudkms/cloudKmsServer.test.js",
  "docs.test.js",
  "kubernetes/cluster.test.js",
  "kubernetes/judge.test.js",
  "monitoringExample.test.js",
  "piv/virtualCard.test.js",
  "plugin/schema.test.js",
  "plugin/sdk.test.js",
  "x509/lint/corpus.test.js",
  "yubikey/virtualReaders.test.js",
];

/** Whether a file starts processes, mostly Pulumi's. */
export function isLong(file: string): boolean {
  return ENGINES.some((folder) => file.startsWith(folder));
}

/**
 * Selects the files that run on the oldest Node.
 *
 * @param all all files
 * @throws if one of those that are left out is not there
 */
export function forOldestNode(all: readonly string[]): string[] {
  const gone = THE_SAME_ON_EVERY_NODE.filter((file) => !all.includes(file));
  if (gone.length > 0) {
    throw new Error(`test/oldestNode.ts names files that are not there: ${gone.join(", ")}`);
  }
  return all.filter((file) => !isLong(file) && !THE_SAME_ON_EVERY_NODE.includes(file));
}
