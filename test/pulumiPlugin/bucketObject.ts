import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Properties } from "./properties";
import type { ResourceKind } from "./resourceKind";

/** Where the buckets are: a folder with one for each. */
const BUCKETS = "KMS_PKI_TEST_BUCKETS";

/**
 * An object in a bucket, for the plugins of the clouds.
 *
 * @param key the input that names the object
 */
export function bucketObject(key: "key" | "name"): ResourceKind {
  const write = (wanted: Properties): void => {
    const file = fileOf(wanted, key);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contentOf(wanted));
  };
  return {
    inputs: {
      bucket: { replaces: true },
      [key]: { replaces: true },
      contentBase64: {},
      source: {},
      contentType: {},
      cacheControl: {},
      region: { chosenByService: true },
    },
    outputs: [],
    create: (inputs) => {
      write(inputs);
      return Promise.resolve({ id: `${String(inputs["bucket"])}/${String(inputs[key])}`, state: inputs });
    },
    read: (id, state) => Promise.resolve({ id, state }),
    update: (_id, _old, wanted) => {
      write(wanted);
      return Promise.resolve(wanted);
    },
    delete: (_id, state) => {
      rmSync(fileOf(state, key), { force: true });
      return Promise.resolve();
    },
  };
}

function fileOf(properties: Properties, key: string): string {
  return join(process.env[BUCKETS] ?? "", String(properties["bucket"]), String(properties[key]));
}

/** An asset names a file. */
function contentOf({ contentBase64, source }: Properties): Buffer {
  return typeof contentBase64 === "string"
    ? Buffer.from(contentBase64, "base64")
    : readFileSync((source as { readonly path: string }).path);
}
