import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KeyMetadata } from "@aws-sdk/client-kms";
import type { ErrorCode } from "../../../provider/errors";
import { requireAdoptable, type WantedAwsKey } from "../../../provider/kms/awskms/awskmsAdoption";
import { withCode } from "../../fixtures/withCode";

const KEY: KeyMetadata = {
  KeyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
  KeySpec: "ECC_NIST_P256",
  KeyUsage: "SIGN_VERIFY",
  KeyState: "Enabled",
  Origin: "AWS_KMS",
  KeyManager: "CUSTOMER",
  MultiRegion: false,
};

const ID = "0123456789abcdef0123456789abcdef";
const FIT = { algorithm: "ECDSA_P256", multiRegion: false } as const;

void describe("A key of AWS KMS to adopt", () => {
  void it("may be an untagged key, the authority's own key, or a key that it released", () => {
    for (const tag of [undefined, `acme/prod/${ID}/ca-root-key`, `acme/prod/${ID}/ca-root-key:adopted`]) {
      requireAdoptable({ metadata: KEY, tag }, wanted());
    }
  });

  const refused: readonly { change: Partial<KeyMetadata>; code: ErrorCode; problem: RegExp }[] = [
    {
      change: { KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "SYMMETRIC_DEFAULT" },
      code: "KEY_UNUSABLE",
      problem: /usage ENCRYPT_DECRYPT.*nothing was imported/,
    },
    { change: { KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "RSA_4096" }, code: "KEY_UNUSABLE", problem: /cannot sign/ },
    { change: { KeyUsage: "GENERATE_VERIFY_MAC" }, code: "KEY_UNUSABLE", problem: /GENERATE_VERIFY_MAC/ },
    { change: { KeySpec: "RSA_4096" }, code: "ALGORITHM_UNSUPPORTED", problem: /spec RSA_4096.*ECDSA_P256/ },
    { change: { KeyState: "Disabled" }, code: "KEY_DISABLED", problem: /enable-key/ },
    { change: { KeyState: "PendingDeletion" }, code: "KEY_PENDING_DELETION", problem: /cancel-key-deletion/ },
    { change: { Origin: "EXTERNAL" }, code: "KEY_UNUSABLE", problem: /origin EXTERNAL/ },
    { change: { Origin: "AWS_CLOUDHSM" }, code: "KEY_UNUSABLE", problem: /origin AWS_CLOUDHSM/ },
    { change: { KeyManager: "AWS" }, code: "KEY_UNUSABLE", problem: /AWS's own/ },
    {
      change: { MultiRegion: true },
      code: "KEY_UNUSABLE",
      problem: /is a multi-Region key.*or set multiRegion to true/,
    },
    {
      change: {
        MultiRegion: true,
        MultiRegionConfiguration: { MultiRegionKeyType: "REPLICA", PrimaryKey: { Region: "eu-west-1" } },
      },
      code: "KEY_UNUSABLE",
      problem: /replica of one in eu-west-1/,
    },
  ];
  for (const { change, code, problem } of refused) {
    void it(`is refused with ${JSON.stringify(change)}`, () => {
      assert.throws(
        () => {
          requireAdoptable({ metadata: { ...KEY, ...change }, tag: undefined }, wanted());
        },
        withCode(code, problem),
      );
    });
  }

  void it("is refused with the tag of another authority", () => {
    for (const tag of [`acme/prod/${ID}/ca-intermediate-key`, `acme/prod/${"f".repeat(32)}/ca-root-key`]) {
      assert.throws(
        () => {
          requireAdoptable({ metadata: KEY, tag }, wanted());
        },
        withCode("KEY_OWNED", new RegExp(`pulumi-kms-pki=${tag}.*untag-resource`)),
      );
    }
  });
});

function wanted(): WantedAwsKey {
  const urns = ["urn:pulumi:prod::acme::kms-pki:index:CertificateAuthority$aws:kms/key:Key::ca-root-key"];
  return { ...FIT, name: "ca-root-key", owner: { authorityId: ID, formerMarks: false, urns } };
}
