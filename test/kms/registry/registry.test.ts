import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, it } from "node:test";
import { ALGORITHM_NAMES } from "../../../provider/kms/algorithms";
import { kmsRegistry } from "../../../provider/kms/registry/registry";
import { documents } from "../../documentation/shellBlocks";
import { CHECKOUT } from "../../engine/project";

void describe("The registry of KMSs", () => {
  for (const { scheme, stackModule, settings } of kmsRegistry.all) {
    void it(`has a folder for ${scheme}, including its part of the root stack`, () => {
      assert.equal(basename(dirname(dirname(stackModule))), scheme);
      assert.ok(existsSync(stackModule));
    });

    void it(`has a conformance test for ${scheme}`, () => {
      const test = readFileSync(join(CHECKOUT, "test", "kms", scheme, `${scheme}.test.ts`), "utf8");
      assert.match(test, new RegExp(`conformance\\(\\{\\s*kms: ${scheme},`));
    });

    void it(`has only settings for ${scheme} that Pulumi.yaml or a document describes`, () => {
      const told = ["Pulumi.yaml", ...documents()].map((file) => readFileSync(join(CHECKOUT, file), "utf8")).join("");
      assert.deepEqual(
        settings.filter((name) => !new RegExp(`\\b${name}\\b`).test(told)),
        [],
      );
    });
  }

  void it("lists the algorithms of each", () => {
    for (const [scheme, without] of Object.entries({
      softkms: [],
      awskms: ["ED25519"],
      cloudkms: ["ECDSA_P521", "ED25519"],
      yubikey: ["ECDSA_P521", "RSA_2048_PSS", "RSA_3072_PSS", "RSA_4096_PSS"],
    })) {
      const { algorithms = [] } = kmsRegistry.all.find((kms) => kms.scheme === scheme) ?? {};
      assert.deepEqual(
        ALGORITHM_NAMES.filter((algorithm) => !algorithms.includes(algorithm)),
        without,
      );
    }
  });

  for (const { uri, shown } of [
    { uri: "softkms:pin-value=1234;path=a;object=b", shown: "softkms:path=a" },
    { uri: "aws:pin-value=1234;key-id=a;region=b;path=c", shown: "aws:key-id=a;region=b" },
    { uri: "cloudkms:pin-value=1234;resource=a;id=b", shown: "cloudkms:resource=a" },
    { uri: "YubiKey:management-key=1234;slot-id=9c;token=b", shown: "YubiKey:slot-id=9c" },
    { uri: "pkcs11:pin-value=1234;token=a;id=b;profile=c?pin-source=d", shown: "pkcs11:token=a;id=b" },
    { uri: "nokms:id=a;pin-value=1234;id=b", shown: "nokms:id=a" },
    { uri: "projects/p", shown: "projects/p" },
  ]) {
    void it(`shows ${uri} as ${shown}`, () => {
      assert.equal(kmsRegistry.shownUri(uri), shown);
    });
  }

  const spellings: readonly { text: string; uri: string | undefined }[] = [
    { text: "softkms:keys/root.pem", uri: "softkms:path=keys/root.pem" },
    {
      text: "aws:key-id=1234ABCD-12ab-34cd-56ef-1234567890ab",
      uri: "awskms:key-id=1234abcd-12ab-34cd-56ef-1234567890ab",
    },
    { text: "1234abcd-12ab-34cd-56ef-1234567890ab", uri: "awskms:key-id=1234abcd-12ab-34cd-56ef-1234567890ab" },
    { text: "alias/root", uri: undefined },
    { text: "yubikey:slot-id=9C;serial=1", uri: "yubikey:slot-id=9c" },
    { text: "nokms:1", uri: undefined },
    { text: "keys/root.pem", uri: undefined },
    { text: "", uri: undefined },
  ];
  for (const { text, uri } of spellings) {
    void it(`spells "${text}" as ${uri ?? "nothing, because it is unknown"}`, () => {
      assert.equal(kmsRegistry.canonicalKeyUri(text), uri);
    });
  }
});
