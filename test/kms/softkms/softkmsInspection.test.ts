import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { deriveEncryptionKey, encryptPrivateKey } from "../../../provider/kms/softkms/encryptedPrivateKey";
import { generateKeyPair } from "../../../provider/kms/softkms/keyPair";
import { type RecordedKey, SoftKms } from "../../../provider/kms/softkms/softkms";
import { softKeyUri } from "../../../provider/kms/softkms/softKeyUri";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";
import { verifies, SIGNATURE_SCHEMES } from "../../fixtures/signatureSchemes";
import { withCode } from "../../fixtures/withCode";

const PASSPHRASE = "correct horse";
const URI = softKeyUri("keys/root.pem");

interface Made {
  readonly path: string;
  readonly recorded: RecordedKey;
  /** The instance that made the key and has it loaded. */
  readonly softkms: SoftKms;
  /** Another process. */
  readonly open: () => SoftKms;
}

async function made(): Promise<Made> {
  const rootDirectory = temporaryDirectory();
  const open = (): SoftKms => new SoftKms({ rootDirectory, passphrase: () => PASSPHRASE, notice: () => undefined });
  const softkms = open();
  const request = { uri: URI, algorithm: "ECDSA_P256", encrypted: true, owner: "acme/prod/root" } as const;
  const { publicKey } = await softkms.createKey(request);
  return {
    path: join(rootDirectory, "keys", "root.pem"),
    recorded: {
      publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
      fileSha256: await softkms.fileSha256(URI),
    },
    softkms,
    open,
  };
}

async function anotherKey(): Promise<string> {
  const { privateKey } = await generateKeyPair("ECDSA_P256");
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

void describe("The inspection of a key file", () => {
  void it("finds it present", async () => {
    const { recorded, open } = await made();
    assert.deepEqual(await open().inspect(URI, recorded), { status: "present", fileSha256: recorded.fileSha256 });
  });

  void it("finds it missing, and keeps what was recorded", async () => {
    const { path, recorded, softkms, open } = await made();
    rmSync(path);
    for (const instance of [softkms, open()]) {
      assert.deepEqual(await instance.inspect(URI, recorded), { status: "missing", fileSha256: recorded.fileSha256 });
    }
  });

  void it("finds another key in it, even in the process that loaded the old one", async () => {
    const { path, recorded, softkms, open } = await made();
    writeFileSync(path, await anotherKey());
    for (const instance of [softkms, open()]) {
      assert.deepEqual(await instance.inspect(URI, recorded), { status: "changed", fileSha256: recorded.fileSha256 });
    }
  });

  const rewritten: readonly { what: string; rewrite: (pem: string) => Promise<string> }[] = [
    {
      what: "after it was encrypted again",
      rewrite: async (pem) =>
        encryptPrivateKey(
          createPrivateKey({ key: pem, passphrase: PASSPHRASE }),
          await deriveEncryptionKey(PASSPHRASE),
        ),
    },
    {
      what: "decrypted",
      rewrite: (pem) => {
        const key = createPrivateKey({ key: pem, passphrase: PASSPHRASE });
        return Promise.resolve(key.export({ type: "sec1", format: "pem" }).toString());
      },
    },
    { what: "after a line was added above it", rewrite: (pem) => Promise.resolve(`a note\n${pem}`) },
  ];
  for (const { what, rewrite } of rewritten) {
    void it(`finds the same key present ${what}, and records the new file`, async () => {
      const { path, recorded, softkms, open } = await made();
      writeFileSync(path, await rewrite(readFileSync(path, "utf8")));
      const fileSha256 = await open().fileSha256(URI);
      assert.notEqual(fileSha256, recorded.fileSha256);
      for (const instance of [softkms, open()]) {
        assert.deepEqual(await instance.inspect(URI, recorded), { status: "present", fileSha256 });
      }
    });
  }

  void it("reports doubt about a damaged file", async () => {
    const { path, recorded, softkms } = await made();
    writeFileSync(path, readFileSync(path, "utf8").slice(0, 200));
    await assert.rejects(async () => softkms.inspect(URI, recorded), withCode("KEY_DAMAGED"));
  });

  void it("reports doubt about a path that is not a file", async () => {
    const { path, recorded, softkms } = await made();
    rmSync(path);
    await assert.rejects(async () => softkms.inspect(softKeyUri("keys"), recorded), withCode("KEY_DIRECTORY_UNUSABLE"));
  });
});

void describe("A signer of softkms", () => {
  void it("uses the key that the file holds now", async () => {
    const { path, recorded, softkms } = await made();
    const message = Buffer.from("message");
    const old = await softkms.createSigner({ uri: URI, algorithm: "ECDSA_P256" });
    writeFileSync(path, await anotherKey());
    const now = await softkms.createSigner({ uri: URI, algorithm: "ECDSA_P256" });
    assert.ok(!now.publicKey.equals(old.publicKey));
    assert.ok(verifies(SIGNATURE_SCHEMES.ECDSA_P256, message, now.publicKey, await now.sign(message)));
    assert.equal(old.publicKey.export({ type: "spki", format: "pem" }), recorded.publicKeyPem);
  });

  void it("is gone when its file is", async () => {
    const { path, softkms } = await made();
    rmSync(path);
    await assert.rejects(
      async () => softkms.createSigner({ uri: URI, algorithm: "ECDSA_P256" }),
      withCode("KEY_NOT_FOUND", /Restore it from a backup/),
    );
  });

  void it("is not made from a key in another form", async () => {
    const { path, open } = await made();
    writeFileSync(path, "no key\n");
    await assert.rejects(async () => open().describeKey(URI), withCode("KEY_DAMAGED"));
  });
});
