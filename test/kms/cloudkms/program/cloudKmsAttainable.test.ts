import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  checkExistingCloudKey,
  checkExistingCloudVersion,
  checkRecordedCloudKey,
  type WantedCloudKey,
} from "../../../../provider/kms/cloudkms/program/cloudKmsAttainable";
import type { PlannedKey } from "../../../../provider/authority/plannedKey";
import { PkiError } from "../../../../provider/errors";
import type { CryptoKeyTraits } from "../../../../provider/kms/cloudkms/cloudkms";
import { found } from "../../../inputs/found";

const RING = "projects/acme-pki/locations/global/keyRings/pki";
const KEY = `${RING}/cryptoKeys/root`;

const planned = (protectShared: boolean): PlannedKey => ({
  ...{ role: "root", keyName: "root", name: "ca-root-key", sharedName: "ca-root-key" },
  ...{ algorithm: "ECDSA_P256", protect: protectShared, protectShared },
});

void describe("Changed settings of a recorded key in Cloud KMS", () => {
  const recorded = {
    keyRing: RING,
    versionTemplate: { algorithm: "EC_SIGN_P256_SHA256", protectionLevel: "SOFTWARE" },
    destroyScheduledDuration: "2592000s",
  };
  const same: WantedCloudKey = {
    ...{ keyRing: RING, protectionLevel: undefined, destroyScheduledDuration: undefined, existing: undefined },
  };
  const cases: readonly { title: string; wanted: Partial<WantedCloudKey>; free: string[]; kept: string[] }[] = [
    { title: "the same settings", wanted: {}, free: [], kept: [] },
    { title: "the same duration", wanted: { destroyScheduledDuration: "2592000s" }, free: [], kept: [] },
    {
      title: "another protection level",
      wanted: { protectionLevel: "HSM" },
      free: ["INPUT_INVALID keys.protectionLevel.root"],
      kept: ["INPUT_INVALID keys.protectionLevel.root"],
    },
    {
      title: "another duration",
      wanted: { destroyScheduledDuration: "86400s" },
      free: ["INPUT_INVALID keys.destroyScheduledDuration"],
      kept: ["INPUT_INVALID keys.destroyScheduledDuration"],
    },
    {
      title: "another ring, where everything may differ",
      wanted: { keyRing: `${RING}2`, protectionLevel: "HSM", destroyScheduledDuration: "86400s" },
      free: [],
      kept: ["INPUT_INVALID keys.keyRing"],
    },
    {
      title: "a version of the same key",
      wanted: { existing: `cloudkms:${KEY}/cryptoKeyVersions/1` },
      free: ["INPUT_INVALID keys.existing.root"],
      kept: ["INPUT_INVALID keys.existing.root"],
    },
    {
      title: "a version of another key",
      wanted: { existing: `${RING}/cryptoKeys/root2/cryptoKeyVersions/1` },
      free: [],
      kept: [],
    },
  ];
  for (const { title, wanted, free, kept } of cases) {
    void it(`are checked against what Google cannot change: ${title}`, () => {
      const check = (isProtected: boolean): string[] =>
        found(checkRecordedCloudKey(planned(isProtected), recorded, { ...same, ...wanted }));
      assert.deepEqual(check(false), free);
      assert.deepEqual(check(true), kept);
    });
  }

  void it("are free when the state has no key", () => {
    assert.deepEqual(checkRecordedCloudKey(planned(true), undefined, { ...same, protectionLevel: "HSM" }), []);
  });
});

void describe("An existing key in Cloud KMS", () => {
  const traits: CryptoKeyTraits = {
    ...{ purpose: "ASYMMETRIC_SIGN", algorithm: "EC_SIGN_P256_SHA256", protectionLevel: "SOFTWARE", importOnly: false },
  };
  const cases: readonly { title: string; traits?: Partial<CryptoKeyTraits>; level?: string; problems: string[] }[] = [
    { title: "the same", problems: [] },
    { title: "in software, as requested", level: "SOFTWARE", problems: [] },
    { title: "in hardware, when software is enough", traits: { protectionLevel: "HSM" }, problems: [] },
    { title: "in software", level: "HSM", problems: ["INPUT_INVALID keys.protectionLevel.root"] },
    {
      title: "for another algorithm",
      traits: { algorithm: "EC_SIGN_P384_SHA384" },
      problems: ["INPUT_INVALID keys.existing.cryptoKeys.root"],
    },
    {
      title: "for encryption",
      traits: { purpose: "ENCRYPT_DECRYPT", algorithm: "GOOGLE_SYMMETRIC_ENCRYPTION" },
      problems: ["INPUT_INVALID keys.existing.cryptoKeys.root"],
    },
    {
      title: "for imported versions only",
      traits: { importOnly: true },
      problems: ["INPUT_INVALID keys.existing.cryptoKeys.root"],
    },
  ];
  for (const { title, traits: other, level, problems } of cases) {
    void it(`${problems.length === 0 ? "gets a version" : "is refused before it gets a version"}: ${title}`, async () => {
      const asked = await checkExistingCloudKey(planned(true), KEY, level, () =>
        Promise.resolve({ ...traits, ...other }),
      );
      assert.deepEqual(found(asked), problems);
    });
  }

  void it("is refused with the code of Google's error when it does not exist", async () => {
    const missing = new PkiError("KEY_NOT_FOUND", "Cloud KMS has no such key", "Correct the name");
    const asked = await checkExistingCloudKey(planned(true), KEY, undefined, () => Promise.reject(missing));
    assert.deepEqual(found(asked), ["KEY_NOT_FOUND keys.existing.cryptoKeys.root"]);
  });

  void it("is not checked for a version that may be in software, and is refused when hardware is required but missing", async () => {
    const version = `${KEY}/cryptoKeyVersions/1`;
    const level = (answer: string) => (): Promise<string> => Promise.resolve(answer);
    const never = (): Promise<string> => Promise.reject(new Error("asked"));
    assert.deepEqual(await checkExistingCloudVersion(planned(true), version, undefined, never), []);
    assert.deepEqual(await checkExistingCloudVersion(planned(true), version, "HSM", level("HSM")), []);
    assert.deepEqual(found(await checkExistingCloudVersion(planned(true), version, "HSM", level("SOFTWARE"))), [
      "INPUT_INVALID keys.protectionLevel.root",
    ]);
  });
});
