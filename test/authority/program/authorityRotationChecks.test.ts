import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { output } from "@pulumi/pulumi";
import type { CertificateAuthorityArgs } from "../../../provider/authority/program/authorityArgs";
import { checkAuthorityRotation, keysAtOnce } from "../../../provider/authority/program/authorityRotationChecks";
import { authoritySettings } from "../../../provider/authority/program/authoritySettings";
import { describeRoot } from "../../../provider/authority/existingRootFacts";
import { SoftKeys } from "../../../provider/kms/softkms/program/softKeys";
import { readRotation } from "../../../provider/rotation/rotation";
import { found } from "../../inputs/found";
import { ARGS } from "../../rotation/rotations";
import { issueRoot } from "../../x509/issuing";

const { ssh: _, ...WITHOUT_SSH } = ARGS;

void describe("The check of an authority's rotation", () => {
  let rootPem: string;
  before(async () => {
    rootPem = await issueRoot();
  });
  const check = (args: Partial<CertificateAuthorityArgs>): string[] =>
    found(checkAuthorityRotation(authoritySettings({ keys: new SoftKeys(), rotation: ARGS, ...args })));
  const existing = (): NonNullable<CertificateAuthorityArgs["root"]> => ({
    certificatePem: rootPem,
    key: { uri: "softkms:path=root.pem", algorithm: "ECDSA_P256", publicKeyPem: "" },
  });

  void it("accepts a rotation with schedules, and one without", () => {
    assert.deepEqual(check({}), []);
    assert.deepEqual(check({ rotation: {} }), []);
  });

  const refused: readonly { what: string; args: Partial<CertificateAuthorityArgs>; expected: string[] }[] = [
    {
      what: "a value that is not an object",
      args: { rotation: "yearly" as never },
      expected: ["INPUT_INVALID rotation"],
    },
    {
      what: "SSH keys that the authority does not have",
      args: { ssh: false },
      expected: ["INPUT_INVALID rotation.ssh"],
    },
    {
      what: "a validity of a certificate that a schedule ends",
      args: { root: { validity: "3650d" }, intermediate: { validity: "365d", renewBefore: "1/3" } },
      expected: [
        "INPUT_INVALID root.validity",
        "INPUT_INVALID intermediate.validity",
        "INPUT_INVALID intermediate.renewBefore",
      ],
    },
    {
      what: "a path length of a rotated root",
      args: { root: { pathLength: 2 } },
      expected: ["INPUT_INVALID root.pathLength"],
    },
    {
      what: "a CA below the intermediate",
      args: { intermediate: { pathLength: 1 } },
      expected: ["PATH_LENGTH_VIOLATED intermediate.pathLength"],
    },
    {
      what: "a name without room for the generation",
      args: { root: { subject: { commonName: "x".repeat(62) } } },
      expected: ["SUBJECT_INVALID root.subject.commonName"],
    },
    {
      what: "leaves that live longer than longestLeaf",
      args: { rotation: { ...ARGS, longestLeaf: { tls: "1h" } } },
      expected: ["ROTATION_INVALID rotation.longestLeaf.tls"],
    },
    {
      what: "leaves of an unknown lifetime",
      args: { claims: output({}) },
      expected: ["ROTATION_INVALID rotation.longestLeaf"],
    },
    {
      what: "states that are too short for the claims of ca.json",
      args: { rotation: WITHOUT_SSH, caConfig: { authority: { claims: { maxTLSCertDuration: "2400h" } } } },
      expected: ["ROTATION_INVALID rotation.root.publishBefore", "ROTATION_INVALID rotation.root.retireAfter"],
    },
  ];
  for (const { what, args, expected } of refused) {
    void it(`refuses ${what}`, () => {
      assert.deepEqual(check(args), expected);
    });
  }

  void it("reads an existing root, and refuses settings that contradict it", () => {
    const said = describeRoot(rootPem);
    const { existingRoot } =
      authoritySettings({ keys: new SoftKeys(), rotation: ARGS, root: existing() }).rotation ?? {};
    assert.deepEqual(existingRoot, said);
    const rotation = { ...ARGS, existingRoot: { ...said, pathLength: 7 } };
    assert.ok(check({ root: existing(), rotation }).includes("INPUT_INVALID rotation.existingRoot"));
  });

  void it("counts how many keys of each role exist at a time", () => {
    assert.deepEqual(keysAtOnce(readRotation({ ...WITHOUT_SSH })), { root: 2, intermediate: 2 });
    const long = { start: "2026-01-01T00:00:00Z", every: "60d", publishBefore: "60d", retireAfter: "121d" };
    assert.deepEqual(keysAtOnce(readRotation({ ssh: long })), { "ssh-user-key": 5, "ssh-host-key": 5 });
  });
});
