import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, describe, it } from "node:test";
import { type Output, output, runtime } from "@pulumi/pulumi";
import {
  checkExistingRoot,
  isExistingRoot,
  mayBeSubordinate,
  requireOwnKey,
} from "../../../provider/authority/program/existingRoot";
import { describeRoot, pathPartsOf } from "../../../provider/authority/existingRootFacts";
import type { ExternalIssuer } from "../../../provider/resources/certificateArgs";
import { readCertificate } from "../../../provider/x509/certificate";
import { newPublicKey } from "../../fixtures/fakeYubiKey";
import { found } from "../../inputs/found";
import { issue, issueRoot, NOW } from "../../x509/issuing";

let root: string;
let leaf: string;
let short: string, later: string, subordinate: string;
let publicKeyPem: string;
before(async () => {
  root = await issueRoot({ pathLength: 2 });
  short = await issueRoot({ pathLength: 0 });
  later = await issueRoot({ now: new Date(NOW.getTime() + 86_400_000) });
  subordinate = await issue({
    ...{ profile: "intermediate", subject: { commonName: "Sub" }, pathLength: 1, issuerPem: root },
  });
  leaf = await issue({ profile: "leaf", subject: { commonName: "Leaf" }, issuerPem: root });
  publicKeyPem = readCertificate(root).publicKey.export({ type: "spki", format: "pem" }).toString();
});

function issuer(certificatePem: string | Output<string>, key: string | Output<string> = publicKeyPem): ExternalIssuer {
  return { certificatePem, key: { uri: "softkms:path=root.pem", algorithm: "ECDSA_P256", publicKeyPem: key } };
}

void describe("An existing root", () => {
  void it("is recognized by its certificate", () => {
    assert.equal(isExistingRoot(issuer(root)), true);
    assert.equal(isExistingRoot({ subject: { commonName: "Root" } }), false);
    assert.equal(isExistingRoot({}), false);
    assert.equal(isExistingRoot(undefined), false);
  });

  const certificates: readonly { what: string; pem: () => string | Output<string>; problems: readonly string[] }[] = [
    { what: "a root", pem: () => root, problems: [] },
    { what: "a root before other certificates", pem: () => `${root}${leaf}`, problems: [] },
    { what: "an unknown certificate", pem: () => output("none"), problems: [] },
    { what: "a leaf", pem: () => leaf, problems: ["ISSUER_NOT_CA root.certificatePem"] },
    { what: "a leaf before a root", pem: () => `${leaf}${root}`, problems: ["ISSUER_NOT_CA root.certificatePem"] },
    { what: "a path", pem: () => "root.crt", problems: ["INPUT_INVALID root.certificatePem"] },
    { what: "nothing", pem: () => "", problems: ["INPUT_INVALID root.certificatePem"] },
    { what: "one with path length 0", pem: () => short, problems: ["PATH_LENGTH_VIOLATED root.certificatePem"] },
    { what: "one that is not yet valid", pem: () => later, problems: ["VALIDITY_EXCEEDS_ISSUER root.certificatePem"] },
    {
      what: "a subordinate CA without its root",
      pem: () => subordinate,
      problems: ["INPUT_INVALID root.certificatePem"],
    },
    { what: "a subordinate CA before its root", pem: () => `${subordinate}${root}`, problems: [] },
    {
      what: "a root after a key",
      pem: () => `-----BEGIN PRIVATE KEY-----\n${root}`,
      problems: ["PRIVATE_KEY_GIVEN root.certificatePem"],
    },
  ];
  for (const { what, pem, problems } of certificates) {
    void it(`is ${problems.length > 0 ? "not" : "accepted as"} ${what}`, () => {
      assert.deepEqual(found(checkExistingRoot(issuer(pem()), NOW)), problems);
    });
  }
});

void describe("A subordinate CA in place of a root", () => {
  void it("gives clients its root, and gives step-ca its own certificate", () => {
    assert.deepEqual(pathPartsOf(`${subordinate}${root}`), { root, shown: subordinate });
    assert.deepEqual(pathPartsOf(root), { root, shown: undefined });
    assert.equal(mayBeSubordinate(issuer(`${subordinate}${root}`)), true);
    assert.equal(mayBeSubordinate(issuer(root)), false);
    assert.equal(mayBeSubordinate(issuer(output(root))), true, "not known yet");
  });

  void it("has the path length that the whole chain allows", () => {
    const { pathLength, notAfter } = describeRoot(`${subordinate}${root}`);
    assert.deepEqual([pathLength, notAfter], [1, describeRoot(subordinate).notAfter]);
  });
});

void describe("The wait for the key of an existing root", () => {
  void it("ends when the key matches the certificate, in whatever order they become known", async () => {
    await requireOwnKey(issuer(root));
    let known: (pem: string) => void = () => undefined;
    const later = output(
      new Promise<string>((resolve) => {
        known = resolve;
      }),
    );
    let isOver = false;
    const waiting = requireOwnKey(issuer(root, later))?.then(() => {
      isOver = true;
    });
    await new Promise(setImmediate);
    assert.equal(isOver, false);
    known(publicKeyPem);
    await waiting;
    assert.equal(isOver, true);
  });

  void it("never ends when the key does not match, which stops the program", () => {
    const other = newPublicKey("ECDSA_P256").export({ type: "spki", format: "pem" }).toString();
    const program =
      "const { requireOwnKey } = require(process.argv[1]);" +
      "const [, , certificatePem, publicKeyPem] = process.argv;" +
      'requireOwnKey({ certificatePem, key: { publicKeyPem } }).then(() => console.log("over"));';
    const module = require.resolve("../../../provider/authority/program/existingRoot");
    const run = (key: string): { stdout: string; stderr: string; status: number | null } =>
      spawnSync(process.execPath, ["-e", program, module, root, key], { encoding: "utf8" });
    assert.equal(run(publicKeyPem).stdout, "over\n");
    const { stdout, stderr, status } = run(other);
    assert.deepEqual([stdout, status], ["", 1]);
    assert.match(stderr, /ISSUER_KEY_MISMATCH: the root's certificate belongs to a different key/);
  });

  void it("is skipped for a root that the stack makes, and in a preview", async () => {
    assert.equal(requireOwnKey({ subject: { commonName: "Root" } }), undefined);
    const { isDryRun } = runtime;
    assert.equal(isDryRun(), false);
    await runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) }, "acme", "prod", true);
    try {
      const other = newPublicKey("ECDSA_P256").export({ type: "spki", format: "pem" }).toString();
      assert.equal(requireOwnKey(issuer(root, other)), undefined);
    } finally {
      await runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) }, "acme", "prod", false);
    }
  });
});
