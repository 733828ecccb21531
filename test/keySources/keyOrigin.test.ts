import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { ComponentResource, runtime } from "@pulumi/pulumi";
import { cloudKmsKeeper, type DeclaredCloudVersion } from "../../provider/kms/cloudkms/program/cloudKmsKeeper";
import { type DeclaredKey, keyOrigin, type KeyOrigin } from "../../provider/keySources/keyOrigin";
import type { Algorithm } from "../../provider/kms/algorithms";
import { cloudAlgorithm } from "../../provider/kms/cloudkms/cloudAlgorithms";
import type { CloudKeyVersion } from "../../provider/kms/cloudkms/cloudKeyVersions";
import { resourceType } from "../../provider/kms/resourceType";
import { withCode } from "../fixtures/withCode";

const TYPE = "kms-pki:index:CertificateAuthority";
const VERSION_TYPE = "gcp:kms/cryptoKeyVersion:CryptoKeyVersion";
const ID = "0123456789abcdef0123456789abcdef";
const RING = "projects/acme/locations/global/keyRings/pki";

/** A version of the root's key. */
function version(number: number, cryptoKey = "root"): string {
  return `${RING}/cryptoKeys/${cryptoKey}/cryptoKeyVersions/${String(number)}`;
}

/** The last run's record of authorities, by name: a recorded version, and a pinned one. */
const RECORDED: Readonly<Record<string, { made?: string; adopted?: string; pinned?: string; algorithm?: Algorithm }>> =
  {
    empty: {},
    whole: { made: version(1), pinned: version(1) },
    lost: { pinned: version(1) },
    changed: { pinned: version(1), algorithm: "RSA_4096_PSS" },
    foreign: { adopted: version(1), pinned: version(1) },
    stranger: { made: version(1, "theirs") },
  };

function recorded(): object {
  return Object.fromEntries(
    Object.entries(RECORDED).flatMap(([name, { made, adopted, pinned, algorithm = "ECDSA_P256" }]) => {
      const urn = (type: string, child: string): string => `urn:pulumi:stack::project::${TYPE}$${type}::${child}`;
      return [
        [`urn:pulumi:stack::project::${TYPE}::${name}`, { outputs: {} }],
        ...(made === undefined
          ? []
          : [[urn(VERSION_TYPE, `${name}-root-key-${algorithm}`), { outputs: { name: made } }] as const]),
        ...(adopted === undefined
          ? []
          : [[urn(VERSION_TYPE, `${name}-root-key-${algorithm}-adopted`), { outputs: { name: adopted } }] as const]),
        ...(pinned === undefined
          ? []
          : [[urn(resourceType("ExistingKey"), `${name}-root-key`), { outputs: { uri: pinned, algorithm } }] as const]),
      ];
    }),
  );
}

async function run(preview: boolean): Promise<void> {
  await runtime.setMocks(
    {
      newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
      call: () => ({ outputs: recorded() }),
    },
    "project",
    "stack",
    preview,
    "organization",
  );
}

/** The defaults of a version in the service. */
const ENABLED: Omit<CloudKeyVersion, "name"> = {
  state: "ENABLED",
  algorithm: cloudAlgorithm("ECDSA_P256") ?? "",
  protectionLevel: "SOFTWARE",
  isImported: false,
};

/** The origin of an authority's root key, with these versions in the service. */
function origin(
  authority: string,
  versions: readonly (Partial<CloudKeyVersion> & { name: string })[],
  key: Partial<DeclaredKey> = {},
  settings: Partial<DeclaredCloudVersion> = {},
): Promise<KeyOrigin> {
  const name = `${authority}-root-key`;
  const wanted = {
    ring: RING,
    role: "root",
    algorithm: "ECDSA_P256",
    existing: undefined,
    protectionLevel: undefined,
    owner: { authorityId: ID, formerMarks: false },
  } as const;
  const declared: DeclaredKey = {
    ...{ keyName: "root", name, type: VERSION_TYPE, resource: `${name}-ECDSA_P256`, algorithm: "ECDSA_P256" },
    ...{ parent: new ComponentResource(TYPE, authority, {}), adopted: undefined, mayBeNew: false, protect: false },
    ...key,
  };
  const of = (): Promise<CloudKeyVersion[]> => Promise.resolve(versions.map((each) => ({ ...ENABLED, ...each })));
  return keyOrigin(
    declared,
    cloudKmsKeeper({ ...wanted, ...settings }, { of, authorityOf: () => Promise.resolve(ID) }),
  );
}

const SHARED = { existing: { cryptoKeys: true } };

void describe("The origin of a key", () => {
  before(() => run(false));

  void it("comes from the state when the key is recorded, without asking the service", async () => {
    assert.deepEqual(await origin("whole", [{ name: version(1) }, { name: version(2) }]), {
      resource: "whole-root-key-ECDSA_P256",
      isForeign: false,
    });
  });

  void it("is a new key when the service has none", async () => {
    assert.deepEqual(await origin("empty", []), { resource: "empty-root-key-ECDSA_P256", isForeign: false });
  });

  const orphaned: readonly { what: string; authority: string; key?: Partial<DeclaredKey>; others?: string[] }[] = [
    { what: "after a run that was cut off", authority: "empty" },
    { what: "after a change of the algorithm that was cut off", authority: "changed", others: [version(1)] },
    { what: "after a new key in place of a lost one that was cut off", authority: "lost", key: { mayBeNew: true } },
    {
      what: "beside a recorded one",
      authority: "whole",
      key: { keyName: "root-g1", name: "whole-root-g1-key", resource: "whole-root-g1-key-ECDSA_P256" },
      others: [version(1)],
    },
  ];
  for (const { what, authority, key = {}, others = [] } of orphaned) {
    void it(`is not a new key while the service has an unknown one, ${what}`, async () => {
      const versions = [...others, version(2)].map((name) => ({ name }));
      await assert.rejects(
        origin(authority, versions, key),
        withCode("KEY_EXISTS", /cryptoKeyVersions\/2 that can sign.* not in the state/),
      );
      const gone = [...others.map((name) => ({ name })), { name: version(2), state: "DESTROY_SCHEDULED" }];
      assert.equal((await origin(authority, gone, key)).imported, undefined);
    });
  }

  void it("is an adopted key if the stack made it", async () => {
    assert.deepEqual(await origin("empty", [{ name: version(2) }], { adopted: version(2) }), {
      resource: "empty-root-key-ECDSA_P256",
      isForeign: false,
      imported: version(2),
    });
  });

  void it("is a foreign key if others may have made it, and its name says so from then on", async () => {
    assert.deepEqual(await origin("empty", [{ name: version(2) }], { adopted: version(2) }, SHARED), {
      resource: "empty-root-key-ECDSA_P256-adopted",
      isForeign: true,
      imported: version(2),
    });
    const kept = { resource: "foreign-root-key-ECDSA_P256-adopted", isForeign: true };
    assert.deepEqual(await origin("foreign", [], {}, SHARED), kept, "also when adopt does not name it any more");
    assert.deepEqual(await origin("foreign", [], { adopted: version(1) }), kept);
  });

  const unfit: readonly { version: Partial<CloudKeyVersion>; code: Parameters<typeof withCode>[0]; problem: RegExp }[] =
    [
      {
        version: { name: version(2, "theirs") },
        code: "KEY_OWNED",
        problem: /not a version of the declared key .*\/root\./,
      },
      { version: { name: version(3) }, code: "KEY_NOT_FOUND", problem: /no version .*\/2/ },
      { version: { algorithm: "RSA_SIGN_PSS_4096_SHA256" }, code: "ALGORITHM_UNSUPPORTED", problem: /signs with RSA_/ },
      { version: { algorithm: "GOOGLE_SYMMETRIC_ENCRYPTION" }, code: "ALGORITHM_UNSUPPORTED", problem: /SYMMETRIC/ },
      { version: { state: "DISABLED" }, code: "KEY_DISABLED", problem: /is disabled/ },
      { version: { state: "DESTROY_SCHEDULED" }, code: "KEY_PENDING_DELETION", problem: /scheduled/ },
      { version: { protectionLevel: "HSM" }, code: "KEY_UNUSABLE", problem: /protection level HSM, not SOFTWARE/ },
      { version: { isImported: true }, code: "KEY_UNUSABLE", problem: /not made by Cloud KMS itself/ },
    ];
  for (const { version: found, code, problem } of unfit) {
    void it(`is never ${JSON.stringify(found)}, and nothing is imported`, async () => {
      const adopted = found.name?.includes("theirs") === true ? found.name : version(2);
      await assert.rejects(
        origin("empty", [{ name: version(2), ...found }], { adopted }, { protectionLevel: "SOFTWARE" }),
        withCode(code, problem),
      );
    });
  }

  void it("is never a key that the stack already uses for another resource", async () => {
    await assert.rejects(
      origin("empty", [{ name: version(1) }], { adopted: version(1) }),
      withCode("INPUT_INVALID", /already has that key as urn:.*whole-root-key/),
    );
  });

  void it("is not a new key while the state holds another key that would then be deleted", async () => {
    await assert.rejects(
      origin("stranger", []),
      withCode("KEY_OWNED", /theirs\/cryptoKeyVersions\/1, .*pulumi state delete/),
    );
  });
});

void describe("The origin of a key in a preview", () => {
  before(() => run(true));

  void it("is found without asking the service, and an adopted key is not imported before it was checked", async () => {
    assert.deepEqual(await origin("empty", [], { adopted: version(2) }), {
      resource: "empty-root-key-ECDSA_P256",
      isForeign: false,
    });
    assert.deepEqual(await origin("lost", []), {
      resource: "lost-root-key-ECDSA_P256",
      isForeign: false,
      imported: version(1),
    });
  });
});
