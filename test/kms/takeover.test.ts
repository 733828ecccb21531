import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KeyDescription, KeyManager } from "../../provider/kms/keyManager";
import { anyAttribute } from "../../provider/kms/keyUri";
import { kmsRegistry } from "../../provider/kms/registry/registry";
import type { FoundKeys, KeyTakeover } from "../../provider/kms/takeover";
import { keyPair } from "../x509/keySigner";

const { publicKey } = keyPair("ECDSA_P256", "takeover");
const AWS_ID = "f879f239-feb6-4596-9ed2-b1606277c7fe";
const AWS_ROOT = "d48e502a-0000-4000-8000-b1606277c7fe";
const RING = "projects/p/locations/europe-west6/keyRings/old";
const version = (key: string): string => `${RING}/cryptoKeys/${key}/cryptoKeyVersions/2`;
const arn = (region: string, id: string): string => `arn:aws:kms:${region}:000000000000:key/${id}`;

/** What a ca.json says of a KMS and of its keys, and what is made of it. */
interface Case {
  readonly block: FoundKeys["block"];
  readonly keys: Readonly<Record<string, Omit<KeyDescription, "publicKey">>>;
  readonly connection: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
  readonly arguments?: Readonly<Record<string, unknown>>;
  /** The KMS's answers to further questions. */
  readonly manager?: object;
}

const CASES: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  awskms: {
    "fields beside the uri": {
      block: { type: "awskms", region: "us-east-1", profile: "ca", credentialsfile: "/etc/step-ca/aws" },
      keys: { intermediate: { uri: `awskms:key-id=${AWS_ID}`, resourceName: arn("us-east-1", AWS_ID) } },
      connection: "awskms:region=us-east-1;profile=ca;credentials-file=/etc/step-ca/aws",
      settings: {
        ...{ region: "us-east-1", profile: "ca", credentialsFile: "placed /etc/step-ca/aws" },
        existing: { intermediate: AWS_ID },
      },
    },
    "a uri that comes before the fields, and a root in another region": {
      block: { type: "awskms", uri: "awskms:region=eu-central-1", region: "us-east-1" },
      keys: {
        root: { uri: `awskms:key-id=${AWS_ROOT}`, resourceName: arn("us-west-2", AWS_ROOT) },
        intermediate: { uri: `awskms:key-id=${AWS_ID}`, resourceName: arn("eu-central-1", AWS_ID) },
      },
      connection: "awskms:region=eu-central-1",
      settings: {
        ...{ region: "eu-central-1", rootRegion: "us-west-2", kmsUri: true },
        existing: { root: AWS_ROOT, intermediate: AWS_ID },
      },
    },
    "a root that alone is in it": {
      block: {},
      keys: { root: { uri: `awskms:key-id=${AWS_ROOT}`, resourceName: arn("us-west-2", AWS_ROOT) } },
      connection: "awskms:",
      settings: { region: "us-west-2", existing: { root: AWS_ROOT } },
    },
  },
  cloudkms: {
    "keys with and without the names of roles, one in hardware": {
      block: { type: "cloudkms", credentialsfile: "/etc/step-ca/google.json" },
      keys: { root: { uri: version("root") }, intermediate: { uri: version("issuing") } },
      manager: { versionLevel: (name: string) => Promise.resolve(name.includes("root") ? "HSM" : "SOFTWARE") },
      connection: "cloudkms:credentials-file=/etc/step-ca/google.json",
      settings: {
        ...{ project: "p", location: "europe-west6", keyRing: "old" },
        credentialsFile: "placed /etc/step-ca/google.json",
        protectionLevels: { root: "HSM" },
        existing: {
          ...{ root: version("root"), intermediate: version("issuing") },
          ...{ keyRing: true, cryptoKeys: { root: true } },
        },
      },
      arguments: {
        ...{ project: "p", location: "europe-west6", keyRing: "old" },
        credentialsFile: "placed /etc/step-ca/google.json",
        protectionLevel: { root: "HSM" },
        existing: {
          ...{ root: version("root"), intermediate: version("issuing") },
          ...{ keyRing: true, cryptoKeys: { root: true } },
        },
      },
    },
  },
  yubikey: {
    "a serial number and the file of the PIN": {
      block: { type: "yubikey", uri: "yubikey:serial=12345678?pin-source=/etc/step-ca/pin&management-key=0102" },
      keys: { root: { uri: "yubikey:slot-id=9a" }, "ssh-user-key": { uri: "yubikey:slot-id=82" } },
      connection: "yubikey:serial=12345678",
      secrets: { pinFile: "/etc/step-ca/pin", managementKey: "0102" },
      settings: {
        ...{ serial: "12345678", rootSlot: "9a", sshUserSlot: "82" },
        ...{ adopt: { root: "9a", "ssh-user-key": "82" }, pinFile: "placed /etc/step-ca/pin" },
      },
      arguments: {
        ...{ serial: 12_345_678, slots: { root: "9a", "ssh-user-key": "82" } },
        adopt: { root: "9a", "ssh-user-key": "82" },
      },
    },
    "a root that alone is in it, named with its serial number": {
      block: {},
      keys: { root: { uri: "yubikey:slot-id=9a;serial=12345678" } },
      connection: "yubikey:serial=12345678",
      settings: { serial: "12345678", rootSlot: "9a", adopt: { root: "9a" } },
    },
    "a PIN in the file": {
      block: { type: "yubikey", pin: "654321", managementkey: "0304" },
      keys: { intermediate: { uri: "yubikey:slot-id=9c" } },
      connection: "yubikey:",
      secrets: { pin: "654321", managementKey: "0304" },
      settings: { intermediateSlot: "9c", adopt: { intermediate: "9c" } },
    },
  },
  pkcs11: {
    "a token by its label": {
      block: { type: "pkcs11", uri: "pkcs11:module-path=/usr/lib/m.so;token=old%20ca?pin-source=/etc/pin" },
      keys: { intermediate: { uri: "pkcs11:id=01;object=int" } },
      connection: "pkcs11:module-path=/usr/lib/m.so;token=old%20ca",
      secrets: { tokenPinFile: "/etc/pin" },
      settings: {
        ...{ modulePath: "/usr/lib/m.so", token: "old ca", tokenPinFile: "placed /etc/pin" },
        adopt: { intermediate: "pkcs11:id=01;object=int" },
      },
    },
    "a token by its serial number, and a PIN in the uri": {
      block: { type: "pkcs11", uri: "pkcs11:module-path=/usr/lib/m.so;serial=1a2b?pin-value=4711" },
      keys: { intermediate: { uri: "pkcs11:id=01;object=int" } },
      connection: "pkcs11:module-path=/usr/lib/m.so;serial=1a2b",
      secrets: { tokenPin: "4711" },
      settings: {
        ...{ modulePath: "/usr/lib/m.so", tokenSerial: "1a2b" },
        adopt: { intermediate: "pkcs11:id=01;object=int" },
      },
      arguments: {
        ...{ modulePath: "/usr/lib/m.so", serial: "1a2b" },
        adopt: { intermediate: "pkcs11:id=01;object=int" },
      },
    },
  },
  softkms: {
    "files, under the password of ca.json": {
      block: {},
      keys: { root: { uri: "softkms:path=/s/root_ca_key" }, intermediate: { uri: "softkms:path=/s/int%3Bkey" } },
      connection: undefined,
      secrets: { passphrase: "password" },
      settings: { adopt: { root: "placed /s/root_ca_key", intermediate: "placed /s/int;key" } },
    },
  },
};

async function takeoverOf(scheme: string): Promise<KeyTakeover> {
  const descriptor = kmsRegistry.withScheme(scheme);
  assert.ok(descriptor);
  return descriptor.takeover();
}

/** The connection without what is secret in it. */
function shown(connection: string | undefined): string | undefined {
  return connection?.replace(/\?.*$/, "");
}

for (const [scheme, cases] of Object.entries(CASES)) {
  void describe(`The takeover of keys in ${scheme}`, () => {
    for (const [what, expected] of Object.entries(cases)) {
      void it(`reads ${what}`, async () => {
        const takeover = await takeoverOf(scheme);
        const { block, manager = {} } = expected;
        const keys = Object.fromEntries(
          Object.entries(expected.keys).map(([role, key]) => [role, { ...key, publicKey }]),
        );
        const kms = { block, password: "password" };
        const [first] = Object.values(keys);
        const connection = takeover.connection(kms, first?.uri ?? "");
        assert.equal(shown(connection), expected.connection);
        const secrets = Object.entries(takeover.secrets(kms)).filter(([, value]) => value !== undefined);
        assert.deepEqual(Object.fromEntries(secrets), expected.secrets ?? {});
        const place = (path: string): string => `placed ${path}`;
        const settings = await takeover.settings({ ...kms, keys, connection, place }, manager as KeyManager);
        assert.deepEqual(settings, expected.settings);
        if (expected.arguments !== undefined) {
          assert.deepEqual(takeover.argumentsOf?.(settings), expected.arguments);
        }
      });
    }
  });
}

void describe("An attribute of a URI", () => {
  void it("is found before and after the question mark, decoded, and only by its whole name", () => {
    const uri = "pkcs11:token=old%20ca;id=01?pin-source=%2Fetc%2Fpin&max=1";
    assert.deepEqual(
      ["token", "pin-source", "max", "pin", "source", "pkcs11:token"].map((name) => anyAttribute(uri, name)),
      ["old ca", "/etc/pin", "1", undefined, undefined, undefined],
    );
  });
});
