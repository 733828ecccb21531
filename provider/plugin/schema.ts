import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pluginType } from "../kms/resourceType";

/** The parts of the schema that the plugin itself uses. */
interface Schema {
  readonly resources: Readonly<Record<string, { readonly properties: Readonly<Record<string, unknown>> }>>;
}

interface Manifest {
  readonly version: string;
  readonly pulumi?: { readonly pluginDownloadURL?: string };
}

/** The name of the package, which begins the type of every resource. */
export const PACKAGE = "kms-pki";

const ROOT = dirname(require.resolve("pulumi-kms-pki/package.json"));

let read: Schema | undefined;

/** The version of this package. */
export function version(): string {
  return manifest().version;
}

/**
 * The package's schema, as the engine asks for it. It is generated from the types of the arguments and their doc comments; only
 * the release is added here.
 */
export function schemaText(): string {
  const { version: release, pulumi: { pluginDownloadURL } = {} } = manifest();
  return JSON.stringify({
    ...schema(),
    version: release,
    ...(pluginDownloadURL === undefined ? {} : { pluginDownloadURL }),
  });
}

/** The names of a resource's outputs. */
export function outputNames(name: string): readonly string[] {
  return Object.keys(schema().resources[pluginType(name)]?.properties ?? {});
}

function schema(): Schema {
  return (read ??= JSON.parse(readFileSync(join(ROOT, "provider", "plugin", "schema.json"), "utf8")) as Schema);
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
}
