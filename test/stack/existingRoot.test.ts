import assert from "node:assert/strict";
import { unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { runtime } from "@pulumi/pulumi";
import type { ErrorCode } from "../../provider/errors";
import { existingRoot } from "../../stack/existingRoot";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import { issueRoot } from "../x509/issuing";
import { setStackConfig } from "./stackConfig";

const AWS_KEY = "1234abcd-12ab-34cd-56ef-1234567890ab";
const MULTI_REGION_KEY = "mrk-1234abcd12ab34cd56ef1234567890ab";
const AWS_ARN = `arn:aws:kms:eu-west-1:111122223333:key/${AWS_KEY}`;
const CLOUD_KEY = "projects/p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1";

void describe("The settings of an existing root", () => {
  const workingDirectory = process.cwd();
  const directory = temporaryDirectory();
  let pem: string;
  before(async () => {
    pem = await issueRoot();
    writeFileSync(join(directory, "Pulumi.yaml"), "name: test\n");
    writeFileSync(join(directory, "root.crt"), pem);
  });
  after(() => {
    process.chdir(workingDirectory);
  });

  /** The root's key as the engine gets it. */
  async function keyOf(settings: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
    const keys: Record<string, unknown>[] = [];
    const newResource = ({ inputs }: runtime.MockResourceArgs): { id: string; state: object } => {
      const { __provider: _, certificatePem: __, ...key } = inputs as Record<string, unknown>;
      keys.push(key);
      return { id: "key", state: inputs as object };
    };
    await runtime.setMocks({ newResource, call: () => ({}) }, "acme", "prod");
    setStackConfig({ rootCertificate: join(directory, "root.crt"), ...settings });
    const root = existingRoot();
    assert.equal(root?.certificatePem, pem);
    await new Promise((resolve) => (root.key as { urn?: { apply: (use: unknown) => void } }).urn?.apply(resolve));
    return keys[0] ?? assert.fail();
  }

  const keys: readonly { settings: Readonly<Record<string, string>>; key: Readonly<Record<string, string>> }[] = [
    { settings: { rootKey: "root.key" }, key: { uri: "softkms:path=root.key" } },
    { settings: { rootKey: "/etc/ca/my root;1%.key" }, key: { uri: "softkms:path=/etc/ca/my%20root%3B1%25.key" } },
    { settings: { rootKey: "./projects/root.key" }, key: { uri: "softkms:path=./projects/root.key" } },
    { settings: { rootKey: "C:\\ca\\root.key" }, key: { uri: "softkms:path=C:\\ca\\root.key" } },
    { settings: { rootKey: "softkms:path=root.key" }, key: { uri: "softkms:path=root.key" } },
    { settings: { rootKey: AWS_KEY }, key: { uri: AWS_KEY } },
    { settings: { rootKey: "alias/root" }, key: { uri: "alias/root" } },
    { settings: { rootKey: `awskms:key-id=${AWS_KEY}` }, key: { uri: `awskms:key-id=${AWS_KEY}` } },
    { settings: { rootKey: CLOUD_KEY }, key: { uri: CLOUD_KEY } },
    { settings: { rootKey: "yubikey:slot-id=9a" }, key: { uri: "yubikey:slot-id=9a" } },
    {
      settings: { rootKey: "pkcs11:id=0a;object=root", modulePath: "/p11.so", tokenSerial: "1a2b" },
      key: { uri: "pkcs11:id=0a;object=root", kms: "pkcs11:module-path=/p11.so;serial=1a2b" },
    },
    {
      settings: { rootKey: "pkcs11:token=ca;id=0a;object=root", modulePath: "/p11.so", token: "other" },
      key: { uri: "pkcs11:token=ca;id=0a;object=root", kms: "pkcs11:module-path=/p11.so;token=ca" },
    },
    {
      settings: { rootKey: "pkcs11:module-path=/own.so;token=ca;id=0a", modulePath: "/p11.so" },
      key: { uri: "pkcs11:module-path=/own.so;token=ca;id=0a", kms: "pkcs11:module-path=/own.so;token=ca" },
    },
    {
      settings: { rootKey: "yubikey:slot-id=9a", serial: "12345678" },
      key: { uri: "yubikey:slot-id=9a", kms: "yubikey:serial=12345678" },
    },
    {
      settings: { rootKey: "yubikey:serial=87654321;slot-id=9a", serial: "12345678" },
      key: { uri: "yubikey:serial=87654321;slot-id=9a", kms: "yubikey:serial=87654321" },
    },
    { settings: { rootKey: "softkms:path=root.key", serial: "12345678" }, key: { uri: "softkms:path=root.key" } },
    { settings: { rootKey: MULTI_REGION_KEY }, key: { uri: MULTI_REGION_KEY } },
    { settings: { rootKey: AWS_ARN, region: "us-east-1" }, key: { uri: AWS_ARN } },
    {
      settings: { rootKey: AWS_ARN, region: "us-east-1", profile: "pki" },
      key: { uri: AWS_ARN, kms: "awskms:region=eu-west-1;profile=pki" },
    },
    {
      settings: {
        rootKey: `awskms:key-id=${AWS_KEY}`,
        region: "us-east-1",
        profile: "pki",
        credentialsFile: "aws.ini",
      },
      key: { uri: `awskms:key-id=${AWS_KEY}`, kms: "awskms:region=us-east-1;profile=pki;credentials-file=aws.ini" },
    },
    {
      settings: { rootKey: "alias/root", region: "us-east-1", rootRegion: "eu-central-1", rootProfile: "pki-root" },
      key: { uri: "alias/root", kms: "awskms:region=eu-central-1;profile=pki-root" },
    },
    {
      settings: {
        rootKey: `awskms:key-id=${AWS_KEY};region=eu-west-1;profile=own`,
        region: "us-east-1",
        profile: "pki",
      },
      key: {
        uri: `awskms:key-id=${AWS_KEY};region=eu-west-1;profile=own`,
        kms: "awskms:region=eu-west-1;profile=own",
      },
    },
    {
      settings: { rootKey: AWS_KEY, kms: "cloudkms", credentialsFile: "google.json" },
      key: { uri: AWS_KEY },
    },
    {
      settings: { rootKey: AWS_KEY, kms: "awskms", credentialsFile: "aws.ini" },
      key: { uri: AWS_KEY, kms: "awskms:credentials-file=aws.ini" },
    },
    {
      settings: { rootKey: CLOUD_KEY, kms: "cloudkms", credentialsFile: "google.json", region: "us-east-1" },
      key: { uri: CLOUD_KEY, kms: "cloudkms:credentials-file=google.json" },
    },
    {
      settings: { rootKey: `cloudkms:${CLOUD_KEY}`, credentialsFile: "google.json" },
      key: { uri: `cloudkms:${CLOUD_KEY}`, kms: "cloudkms:credentials-file=google.json" },
    },
    {
      settings: { rootKey: `cloudkms:resource=${CLOUD_KEY};credentials-file=own.json`, credentialsFile: "google.json" },
      key: {
        uri: `cloudkms:resource=${CLOUD_KEY};credentials-file=own.json`,
        kms: "cloudkms:credentials-file=own.json",
      },
    },
    { settings: { rootKey: CLOUD_KEY, kms: "awskms", credentialsFile: "aws.ini" }, key: { uri: CLOUD_KEY } },
  ];
  for (const { settings, key } of keys) {
    void it(`name the key ${JSON.stringify(settings)} as ${JSON.stringify(key)}`, async () => {
      assert.deepEqual(await keyOf(settings), key);
    });
  }

  void it("find the certificate relative to the folder of Pulumi.yaml", async () => {
    process.chdir(directory);
    try {
      await keyOf({ rootCertificate: "root.crt", rootKey: "root.key" });
    } finally {
      process.chdir(workingDirectory);
    }
  });

  void it("may be absent", () => {
    setStackConfig({});
    assert.equal(existingRoot(), undefined);
  });

  const refused: readonly { settings: Readonly<Record<string, string>>; code: ErrorCode; message: RegExp }[] = [
    {
      settings: { rootCertificate: "" },
      code: "CONFIG_INVALID",
      message: /kms-pki:rootKey is set, but its counterpart is not/,
    },
    {
      settings: { rootKey: "" },
      code: "CONFIG_INVALID",
      message: /kms-pki:rootCertificate is set, but its counterpart is not/,
    },
    { settings: { rootCertificate: "absent.crt" }, code: "FILE_UNUSABLE", message: /"absent.crt" cannot be read/ },
    {
      settings: { rootKey: "yubikey:slot-id=9a?pin-value=74839201" },
      code: "CONFIG_INVALID",
      message: /kms-pki:rootKey holds a PIN.*KMS_PKI_PIN_FILE/,
    },
    {
      settings: { rootKey: "yubikey:pin-value=74839201;slot-id=9a" },
      code: "CONFIG_INVALID",
      message: /kms-pki:rootKey holds a PIN/,
    },
    { settings: { rootKey: "yubikey:slot-id=9a", serial: "x" }, code: "CONFIG_INVALID", message: /kms-pki:serial/ },
    { settings: { rootKey: "yubikey:9a" }, code: "KEY_URI_INVALID", message: /./ },
    { settings: { rootKey: "awskms:region=us-east-1" }, code: "KEY_URI_INVALID", message: /has no key-id/ },
    { settings: { rootKey: "alias/Root" }, code: "KEY_URI_INVALID", message: /uppercase letter/ },
  ];
  for (const { settings, code, message } of refused) {
    void it(`must not be ${JSON.stringify(settings)}`, () => {
      setStackConfig({ rootCertificate: join(directory, "root.crt"), rootKey: "root.key", ...settings });
      assert.throws(existingRoot, (error) => !String(error).includes("74839201") && withCode(code, message)(error));
    });
  }

  void it("are refused with a private key in the file, which the message omits", () => {
    const key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBkg\n-----END EC PRIVATE KEY-----\n";
    writeFileSync(join(directory, "both.pem"), `${key}${pem}`);
    setStackConfig({ rootCertificate: join(directory, "both.pem"), rootKey: "root.key" });
    assert.throws(
      existingRoot,
      (error) =>
        !String(error).includes("MHcC") && withCode("PRIVATE_KEY_GIVEN", /file of kms-pki:rootCertificate/)(error),
    );
  });

  void it("are refused when the certificate is deleted meanwhile", () => {
    writeFileSync(join(directory, "gone.crt"), pem);
    unlinkSync(join(directory, "gone.crt"));
    setStackConfig({ rootCertificate: join(directory, "gone.crt"), rootKey: "root.key" });
    assert.throws(existingRoot, withCode("FILE_UNUSABLE"));
  });
});
