import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { placeCaConfig, secretFileOf } from "../../../provider/cli/caConfigPlacement";
import { PkiError } from "../../../provider/errors";
import type { Algorithm } from "../../../provider/kms/algorithms";
import type { KmsDescriptor } from "../../../provider/kms/descriptor";
import type { KeyManager, Signer } from "../../../provider/kms/keyManager";
import { parseKeyUri } from "../../../provider/kms/keyUri";
import { oneForEachWay } from "../../../provider/kms/oneForEachWay";
import { Backends } from "../../../provider/kms/registry/backends";
import { kmsRegistry } from "../../../provider/kms/registry/registry";
import { generateKeyPair, type KeyPair, keyPairSigner } from "../../../provider/kms/softkms/keyPair";
import { isSshDefault, stackKeys } from "../../../stack/keySources";
import { rootKey } from "../../../stack/rootKey";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";
import { withCode } from "../../fixtures/withCode";
import { setStackConfig } from "../../stack/stackConfig";
import { conformance } from "../conformance";

const ALGORITHMS: readonly Algorithm[] = ["ECDSA_P256", "ED25519"];
const keys = new Map<string, KeyPair>();

/** A KMS that keeps its keys in memory. */
const manager: KeyManager = {
  algorithms: ALGORITHMS,
  describeKey: async (uri) => Promise.resolve({ uri, publicKey: pairOf(uri).publicKey }),
  createSigner: async ({ uri, algorithm }): Promise<Signer> => {
    const signer = keyPairSigner(pairOf(uri), algorithm, uri);
    return Promise.resolve(signer);
  },
  close: () => Promise.resolve(),
};

function pairOf(uri: string): KeyPair {
  const pair = keys.get(uri);
  if (pair === undefined) {
    throw new PkiError("KEY_NOT_FOUND", `${uri} is not remembered`, "Name another key");
  }
  return pair;
}

const folder = temporaryDirectory();

const memkms: KmsDescriptor = {
  scheme: "memkms",
  title: "the memory",
  algorithms: ALGORITHMS,
  uriAttributes: ["notes"],
  isBareKeyName: (text) => text.startsWith("remembered/"),
  canonicalKeyUri: (text) => `memkms:${text.replace(/^.*[:/]/, "")}`,
  open: () => oneForEachWay("memkms:", () => Promise.resolve(manager)),
  searchKeys: () => Promise.resolve({ asked: ["the memory"], unknownKeys: [] }),
  keyResource: "ExistingKey",
  placeFiles: (uri, place) => `memkms:notes=${place(parseKeyUri(uri).attributes.get("notes") ?? "")}`,
  secretFile: (uri) => parseKeyUri(uri).attributes.get("notes"),
  takeover: () =>
    Promise.resolve({
      source: { name: "MemoryKeys", module: "memory" },
      connection: () => undefined,
      secrets: () => ({}),
      settings: () => ({}),
    }),
  settings: ["region"],
  hasSshKeysByDefault: false,
  canHoldRootOnly: true,
  stackModule: join(folder, "stackKeys.js"),
};

before(() => {
  writeFileSync(
    memkms.stackModule,
    `exports.stackKms = {
      keys: (settings, roles) => {
        const source = { kms: { type: "memkms", region: settings.optional("region") }, roles };
        return { root: source, intermediate: source, outputs: (root) => ({ memory: root }) };
      },
      rootKey: (settings, key) => ({ uri: key, kms: "memkms:region=" + settings.ofKms("memkms", "region") }),
    };`,
  );
});
kmsRegistry.add(memkms);

conformance({
  kms: memkms,
  open: () => manager,
  createKey: async (algorithm) => {
    const uri = `memkms:${String(keys.size)}`;
    keys.set(uri, await generateKeyPair(algorithm));
    return uri;
  },
  absentKey: "memkms:none",
});

void describe("A made-up KMS that only has a descriptor", () => {
  const backends = new Backends({
    secrets: { environment: {}, config: () => undefined, rootDirectory: "/" },
    notice: () => undefined,
  });

  void it("opens its keys by their URIs and by its own names", async () => {
    assert.equal(await backends.keyManager("memkms:1"), manager);
    assert.equal(await backends.keyManager("remembered/1"), manager);
    await assert.rejects(backends.keyManager("nokms:1"), withCode("KEY_URI_INVALID", /pkcs11 or memkms/));
  });

  void it("has one URI for each key", () => {
    assert.equal(kmsRegistry.canonicalKeyUri("remembered/1"), kmsRegistry.canonicalKeyUri("memkms:1"));
  });

  void it("shows its own attributes behind a secret, and none of another KMS", () => {
    const uri = "memkms:a=1;pin-value=123456;notes=a;slot-id=9c;rest";
    assert.equal(kmsRegistry.shownUri(uri), "memkms:a=1;notes=a");
  });

  void it("has its file paths changed by kms-pki export", () => {
    const config = { key: "memkms:1", kms: { type: "memkms", uri: "memkms:notes=notes.txt" } };
    assert.equal(secretFileOf(config), "notes.txt");
    const projectFile = (path: string): string => `/srv/${path}`;
    assert.deepEqual(placeCaConfig(config, { beside: projectFile, projectFile }), {
      key: "memkms:1",
      kms: { type: "memkms", uri: "memkms:notes=/srv/notes.txt" },
    });
  });

  void it("holds the keys of the root stack, with its own settings", () => {
    setStackConfig({ kms: "memkms", region: "hippocampus" });
    const { keys: sources, outputs } = stackKeys();
    assert.deepEqual(sources.root?.kms, { type: "memkms", region: "hippocampus" });
    assert.equal(sources.root, sources.intermediate);
    assert.deepEqual(outputs(), { memory: undefined });
    assert.equal(isSshDefault(), false);
  });

  void it("holds only the root, with all other keys in files", () => {
    setStackConfig({ kms: "memkms", rootOnly: true });
    const { root, intermediate } = stackKeys().keys;
    assert.deepEqual((root?.kms as { type: string }).type, "memkms");
    assert.deepEqual((intermediate.kms as { type: string }).type, "softkms");
  });

  void it("holds an existing root, and uses a shared setting for it only if the KMS of the other keys does not", () => {
    for (const [kms, region] of [
      ["softkms", "hippocampus"],
      ["awskms", "undefined"],
    ]) {
      setStackConfig({ kms, region: "hippocampus" });
      assert.deepEqual(rootKey("remembered/1"), { uri: "remembered/1", kms: `memkms:region=${region ?? ""}` });
    }
  });
});
