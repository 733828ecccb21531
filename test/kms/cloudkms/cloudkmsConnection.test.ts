// It must come first.
import { FakeCloudKms } from "../../cloudkms/fakeCloudKms";
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import type { ErrorCode } from "../../../provider/errors";
import type { CloudKmsOptions } from "../../../provider/kms/cloudkms/cloudkms";
import type { KeyDescription } from "../../../provider/kms/keyManager";
import { serviceAccountFile } from "../../cloudkms/connectProxy";
import { type Environment, inEnvironment } from "../../fixtures/environment";
import { SIGNATURE_SCHEMES, verifies } from "../../fixtures/signatureSchemes";

const OTHER = "other@kms-pki-test.iam.gserviceaccount.com";

void describe("The connection to Cloud KMS", () => {
  let kms: FakeCloudKms;
  let name: string;
  /** The key file of a service account that the environment does not know. */
  let other: string;
  before(async () => {
    kms = await FakeCloudKms.start();
    name = await kms.createKey();
    const directory = join(kms.directory, "google");
    mkdirSync(directory);
    other = serviceAccountFile(directory);
    const account = JSON.parse(readFileSync(other, "utf8")) as object;
    writeFileSync(other, JSON.stringify({ ...account, client_email: OTHER }));
  });
  after(() => kms.stop());
  beforeEach(() => {
    kms.server.clear();
  });

  const described = async (uri: string, options: Partial<CloudKmsOptions> = {}): Promise<KeyDescription> => {
    const cloudKms = kms.open(options);
    try {
      return await cloudKms.describeKey(uri);
    } finally {
      await cloudKms.close();
    }
  };

  /** The account of the requests, from the token that it signed itself. */
  const askers = (): unknown[] =>
    kms.server.requests.map(({ metadata }) => {
      const [, payload = ""] = (metadata["authorization"] ?? "").split(".");
      const { iss, sub } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { iss: string; sub: string };
      assert.equal(iss, sub);
      return iss;
    });

  for (const prefix of ["", "cloudkms:", "cloudkms:resource=", "CloudKMS:"]) {
    void it(`finds a version by its name${prefix === "" ? "" : ` after ${prefix}`}`, async () => {
      const { pem } = kms.server.state.getPublicKey({ name });
      const { publicKey, ...rest } = await described(`${prefix}${name}`);
      assert.deepEqual(rest, { uri: name, resourceName: name, algorithm: "ECDSA_P256" });
      assert.ok(publicKey.equals(createPublicKey(String(pem))));
      assert.deepEqual(kms.server.calls, ["GetPublicKey"]);
    });
  }

  void it("does not ask for a known public key", async () => {
    const { publicKey } = await described(name);
    kms.server.clear();
    const cloudKms = kms.open();
    const publicKeyPem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const signer = await cloudKms.createSigner({ uri: name, algorithm: "ECDSA_P256", publicKeyPem });
    const message = Buffer.from("message");
    assert.ok(verifies(SIGNATURE_SCHEMES.ECDSA_P256, message, publicKey, await signer.sign(message)));
    assert.deepEqual(kms.server.calls, ["AsymmetricSign"]);
    await cloudKms.close();
  });

  const accounts: readonly {
    what: string;
    options: () => Partial<CloudKmsOptions>;
    environment?: () => Environment;
    asker: string;
  }[] = [
    {
      what: "the account of the environment",
      options: () => ({}),
      asker: "pki@kms-pki-test.iam.gserviceaccount.com",
    },
    {
      what: "a credentials file in preference to the environment's",
      options: () => ({ credentialsFile: other }),
      asker: OTHER,
    },
    {
      what: "a credentials file when the environment has none",
      options: () => ({ credentialsFile: other }),
      environment: () => ({ GOOGLE_APPLICATION_CREDENTIALS: undefined }),
      asker: OTHER,
    },
    {
      what: "a credentials file relative to the project folder",
      options: () => ({ credentialsFile: "google/service-account.json" }),
      asker: OTHER,
    },
    {
      what: "the file that the environment names",
      options: () => ({}),
      environment: () => ({ GOOGLE_APPLICATION_CREDENTIALS: other }),
      asker: OTHER,
    },
  ];
  for (const { what, options, environment = () => ({}), asker } of accounts) {
    void it(`works with ${what}`, async () => {
      const { uri } = await inEnvironment(environment(), () => described(name, options()));
      assert.equal(uri, name);
      assert.deepEqual(askers(), [asker]);
    });
  }

  const absent: readonly { what: string; options?: Partial<CloudKmsOptions>; code: ErrorCode; message: RegExp }[] = [
    {
      what: "no credentials",
      code: "CREDENTIALS_MISSING",
      message:
        /no Google credentials were found: .* Run gcloud auth application-default login, set GOOGLE_APPLICATION_CREDENTIALS, or set credentialsFile/,
    },
    {
      what: "a missing credentials file",
      options: { credentialsFile: "absent.json" },
      code: "CREDENTIALS_MISSING",
      message: /no such file or directory, open '\S+absent\.json'/,
    },
  ];
  for (const { what, options = {}, code, message } of absent) {
    void it(`is ${code} with ${what}, without a request and without an unhandled error`, async () => {
      const unhandled: unknown[] = [];
      const note = (error: unknown): void => {
        unhandled.push(error);
      };
      process.on("unhandledRejection", note);
      await inEnvironment({ GOOGLE_APPLICATION_CREDENTIALS: undefined }, async () => {
        const cloudKms = kms.open(options);
        await assert.rejects(async () => cloudKms.describeKey(name), kms.failure(code, message));
        await assert.rejects(async () => cloudKms.requireUsable(name), kms.failure(code, message), "when asked again");
        await cloudKms.close();
      });
      await new Promise((resolve) => setImmediate(resolve));
      process.off("unhandledRejection", note);
      assert.deepEqual(unhandled, []);
      assert.deepEqual(kms.server.calls, []);
    });
  }

  void it("reconnects after it was closed", async () => {
    const cloudKms = kms.open();
    await cloudKms.close();
    await cloudKms.describeKey(name);
    await cloudKms.close();
    assert.equal((await cloudKms.describeKey(name)).uri, name);
    await cloudKms.close();
  });
});
