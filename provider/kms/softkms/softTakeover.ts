import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PASSPHRASE } from "../../words/secrets";
import { type KeyTakeover, ofEach } from "../takeover";
import type { SoftKms } from "./softkms";
import { namedSoftKeyUri, softKeyPath, softKeyUri } from "./softKeyUri";

/** Names of the file of a root's key. `step ca init` writes `root_ca_key`. */
const ROOT_KEY = /^root[^.]*(?:key|pem)?(?:\.(?:key|pem))?$/i;

/** Takes over the key files of a step-ca. */
export const softTakeover: KeyTakeover<SoftKms> = {
  source: { name: "SoftKeys", module: "pulumi-kms-pki" },
  keyUri: (name, resolve) => softKeyUri(resolve(softKeyPath(namedSoftKeyUri(name)))),
  connection: () => undefined,
  secrets: ({ password }) => ({ [PASSPHRASE.config]: password }),
  async rootCandidates(_kms, { uri }) {
    const directory = dirname(softKeyPath(uri));
    const names = await readdir(directory).catch(() => []); // whoever may read one file may not see the others
    return names.filter((name) => ROOT_KEY.test(name)).map((name) => softKeyUri(join(directory, name)));
  },
  settings: ({ keys, place }) => ({ adopt: ofEach(keys, ({ uri }) => place(softKeyPath(uri))) }),
};
