import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { GetPublicKeyCommand } from "@aws-sdk/client-kms";
import type { Algorithm } from "../../../provider/kms/algorithms";
import type { AwsKmsOptions } from "../../../provider/kms/awskms/awskms";
import type { KeyDescription } from "../../../provider/kms/keyManager";
import { ACCESS_KEY_ID, arnOf, EmulatedKms, REGION } from "../../awskms/emulatedKms";
import type { KmsRequest } from "../../awskms/kmsProxy";
import { inEnvironment } from "../../fixtures/environment";
import { SIGNATURE_SCHEMES, verifies } from "../../fixtures/signatureSchemes";
import { missing } from "../../tools";

/** An environment in which the SDKs find nothing by themselves. */
const NO_CREDENTIALS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };

/** The environment of a backend, as {@link EmulatedKms} sets it. */
const NOTHING = {};

void describe("The connection to AWS KMS", { skip: missing("ministack") }, () => {
  let kms: EmulatedKms;
  let keyId: string;
  let files = 0;
  before(async () => {
    kms = await EmulatedKms.start();
    keyId = await kms.createKey();
    await kms.createAlias("alias/pki-root", keyId);
  });
  after(() => kms.stop());
  beforeEach(() => {
    kms.proxy.clear();
  });

  const described = async (uri: string, options: Partial<AwsKmsOptions> = {}): Promise<KeyDescription> => {
    const awsKms = kms.open(options);
    try {
      return await awsKms.describeKey(uri);
    } finally {
      await awsKms.close();
    }
  };

  const onlyRequest = (): KmsRequest => {
    const [request, ...others] = kms.proxy.requests;
    assert.ok(request !== undefined);
    assert.deepEqual(others, []);
    return request;
  };

  /** Writes a new shared credentials file each time, because the SDK reads each path once. */
  const credentialsFile = (): string => {
    files += 1;
    const directory = join(kms.directory, `aws-${String(files)}`);
    mkdirSync(directory);
    const profile = (name: string): string =>
      `[${name}]\naws_access_key_id = ${name}-key\naws_secret_access_key = ${name}-secret\n`;
    const path = join(directory, "credentials");
    writeFileSync(path, `${profile("default")}\n${profile("ca")}`);
    return path;
  };

  const names: readonly { what: string; name: (id: string) => string; namesRegion: boolean }[] = [
    { what: "its id", name: (id) => id, namesRegion: false },
    { what: "its id in upper case", name: (id) => id.toUpperCase(), namesRegion: false },
    { what: "its ARN", name: (id) => arnOf(`key/${id}`), namesRegion: true },
    { what: "its ARN in upper case", name: (id) => arnOf(`key/${id}`).toUpperCase(), namesRegion: true },
    { what: "an alias", name: () => "alias/pki-root", namesRegion: false },
    { what: "the ARN of an alias", name: () => arnOf("alias/pki-root"), namesRegion: true },
  ];
  for (const { what, name, namesRegion } of names) {
    for (const prefix of ["", "awskms:key-id=", "aws:key-id="]) {
      void it(`finds a key by ${what}${prefix === "" ? "" : ` after ${prefix}`}`, async () => {
        const { PublicKey } = await kms.admin().send(new GetPublicKeyCommand({ KeyId: keyId }));
        const { publicKey, ...rest } = await described(`${prefix}${name(keyId)}`);
        assert.deepEqual(rest, {
          uri: `awskms:key-id=${keyId}`,
          resourceName: arnOf(`key/${keyId}`),
          ...(namesRegion ? { kms: `awskms:region=${REGION}` } : {}),
        });
        assert.deepEqual(publicKey.export({ format: "der", type: "spki" }), Buffer.from(PublicKey ?? []));
      });
    }
  }

  void it("finds a multi-Region key", async () => {
    const id = await kms.createKey({ MultiRegion: true });
    assert.match(id, /^mrk-/);
    for (const name of [id, id.toUpperCase(), arnOf(`key/${id}`)]) {
      const { uri, resourceName } = await described(name);
      assert.deepEqual({ uri, resourceName }, { uri: `awskms:key-id=${id}`, resourceName: arnOf(`key/${id}`) });
    }
  });

  void it("uses the region of a key's ARN, and says so", async () => {
    const region = "eu-central-1";
    const elsewhere = await kms.createKey({}, region);
    await kms.createAlias("alias/elsewhere", elsewhere, region);
    const uris = [
      arnOf(`key/${elsewhere}`, region),
      `awskms:key-id=${arnOf(`key/${elsewhere}`, region)}`,
      arnOf("alias/elsewhere", region),
      `awskms:key-id=${elsewhere};region=${region}`,
    ];
    for (const uri of uris) {
      kms.proxy.clear();
      const found = await described(uri, { region: "us-west-2" });
      assert.equal(found.uri, `awskms:key-id=${elsewhere}`);
      assert.equal(found.resourceName, arnOf(`key/${elsewhere}`, region));
      assert.equal(found.kms, `awskms:region=${region}`);
      assert.equal(onlyRequest().region, region);
    }
  });

  void it("includes the profile and the credentials file when it describes a key in another region", async () => {
    const credentials = credentialsFile();
    const found = await described(arnOf(`key/${keyId}`), {
      region: "eu-west-1",
      profile: "ca",
      credentialsFile: credentials,
    });
    assert.equal(found.kms, `awskms:region=${REGION};profile=ca;credentials-file=${credentials}`);
  });

  void it("signs in the region of the key's ARN, also with keys in two regions", async () => {
    const elsewhere = await kms.createKey({}, "eu-central-1");
    const awsKms = kms.open();
    const message = Buffer.from("message");
    for (const [uri, region] of [
      [arnOf(`key/${elsewhere}`, "eu-central-1"), "eu-central-1"],
      [keyId, REGION],
    ] as const) {
      kms.proxy.clear();
      const signer = await awsKms.createSigner({ uri, algorithm: "ECDSA_P256" });
      const signature = await signer.sign(message);
      assert.ok(verifies(SIGNATURE_SCHEMES.ECDSA_P256, message, signer.publicKey, signature));
      assert.deepEqual(
        kms.proxy.requests.map((request) => `${request.operation} ${request.region}`),
        [`GetPublicKey ${region}`, `Sign ${region}`],
      );
    }
    await awsKms.close();
  });

  void it("does not ask for a known public key", async () => {
    const { publicKey } = await described(keyId);
    kms.proxy.clear();
    const awsKms = kms.open();
    const publicKeyPem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const signer = await awsKms.createSigner({ uri: keyId, algorithm: "ECDSA_P256", publicKeyPem });
    const message = Buffer.from("message");
    assert.ok(verifies(SIGNATURE_SCHEMES.ECDSA_P256, message, publicKey, await signer.sign(message)));
    assert.deepEqual(kms.proxy.calls, ["Sign"]);
    await awsKms.close();
  });

  const algorithms: readonly { algorithm: Algorithm; keySpec: "ECC_NIST_P384" | "RSA_2048"; hash: string }[] = [
    { algorithm: "ECDSA_P384", keySpec: "ECC_NIST_P384", hash: "sha384" },
    { algorithm: "RSA_2048_PSS", keySpec: "RSA_2048", hash: "sha256" },
  ];
  for (const { algorithm, keySpec, hash } of algorithms) {
    void it(`signs up to 4096 bytes with ${algorithm} directly, and more by their digest`, async () => {
      const uri = await kms.createKey({ KeySpec: keySpec });
      const awsKms = kms.open();
      const signer = await awsKms.createSigner({ uri, algorithm });
      for (const size of [4096, 4097]) {
        kms.proxy.clear();
        const message = randomBytes(size);
        const signature = await signer.sign(message);
        assert.ok(verifies(SIGNATURE_SCHEMES[algorithm], message, signer.publicKey, signature));
        const { MessageType, Message, KeyId } = onlyRequest().body;
        assert.equal(KeyId, uri);
        assert.equal(MessageType, size === 4096 ? "RAW" : "DIGEST");
        const sent = size === 4096 ? message : createHash(hash).update(message).digest();
        assert.equal(Message, sent.toString("base64"));
      }
      await awsKms.close();
    });
  }

  const connections: readonly {
    what: string;
    options: (file: string) => Partial<AwsKmsOptions>;
    environment?: (file: string) => Readonly<Record<string, string | undefined>>;
    accessKeyId: string;
    region?: string;
  }[] = [
    { what: "the environment", options: () => NOTHING, accessKeyId: ACCESS_KEY_ID },
    {
      what: "the configured region in preference to that of the environment",
      options: () => ({ region: "eu-west-1" }),
      accessKeyId: ACCESS_KEY_ID,
      region: "eu-west-1",
    },
    {
      what: "the default profile of a credentials file",
      options: (file) => ({ credentialsFile: file }),
      environment: () => NO_CREDENTIALS,
      accessKeyId: "default-key",
    },
    {
      what: "a profile of a credentials file in preference to the environment's key",
      options: (file) => ({ credentialsFile: file, profile: "ca" }),
      accessKeyId: "ca-key",
    },
    {
      what: "the profile that AWS_PROFILE names in a credentials file",
      options: (file) => ({ credentialsFile: file }),
      environment: () => ({ ...NO_CREDENTIALS, AWS_PROFILE: "ca" }),
      accessKeyId: "ca-key",
    },
    {
      what: "a credentials file relative to the project folder",
      options: (file) => ({ credentialsFile: file.split("/").slice(-2).join("/"), profile: "ca" }),
      accessKeyId: "ca-key",
    },
    {
      what: "a profile of a file in the format of a configuration file",
      options: (file) => {
        const keys = "aws_access_key_id = config-key\naws_secret_access_key = config-secret";
        writeFileSync(`${file}-config`, `[profile config]\n${keys}\n`);
        return { credentialsFile: `${file}-config`, profile: "config" };
      },
      accessKeyId: "config-key",
    },
    {
      what: "a profile of the files that the environment names",
      options: () => ({ profile: "ca" }),
      environment: (file) => ({ AWS_SHARED_CREDENTIALS_FILE: file }),
      accessKeyId: "ca-key",
    },
    {
      what: "the region of a profile",
      options: () => ({ profile: "ca" }),
      environment: (file) => {
        const config = `${file}-config`;
        writeFileSync(config, "[profile ca]\nregion = ap-south-1\n");
        return { AWS_SHARED_CREDENTIALS_FILE: file, AWS_CONFIG_FILE: config, AWS_REGION: undefined };
      },
      accessKeyId: "ca-key",
      region: "ap-south-1",
    },
  ];
  for (const { what, options, environment = () => NOTHING, accessKeyId, region = REGION } of connections) {
    void it(`works with ${what}`, async () => {
      const file = credentialsFile();
      const id = await kms.createKey({}, region);
      const { resourceName } = await inEnvironment(environment(file), () => described(id, options(file)));
      assert.equal(resourceName, arnOf(`key/${id}`, region));
      const request = onlyRequest();
      assert.deepEqual({ accessKeyId: request.accessKeyId, region: request.region }, { accessKeyId, region });
    });
  }

  void it("reconnects after it was closed", async () => {
    const awsKms = kms.open();
    await awsKms.describeKey(keyId);
    await awsKms.close();
    assert.equal((await awsKms.describeKey(keyId)).uri, `awskms:key-id=${keyId}`);
    await awsKms.close();
  });
});
