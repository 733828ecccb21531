import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { missing } from "../tools";
import { killedAt, recover } from "./providerCalls";
import { PulumiProject, UP_WITHOUT_PREVIEW } from "./project";
import { recordedCertificates } from "./recordedCertificates";

const KEY_FILES = ["intermediate.pem", "root.pem", "ssh-host-key.pem", "ssh-user-key.pem"];

/** Every key creation and every signature of a full up, cut off on either side. */
const MOMENTS = [
  ...[1, 2, 3, 4].flatMap((n) => [`link:${String(n)}:before`, `link:${String(n)}:after`]),
  ...[1, 2].flatMap((n) => [`sign:${String(n)}:before`, `sign:${String(n)}:after`]),
  "generateKeyPair:1:before",
  "link:2:after:continue",
  "sign:1:after:continue",
];

/** The same of a change of the algorithm, which replaces all keys and certificates. */
const REPLACEMENT_MOMENTS = [
  ...[1, 2, 3, 4].flatMap((n) => [`link:${String(n)}:before`, `link:${String(n)}:after`]),
  "sign:1:after",
  "sign:2:before",
  "link:4:after:continue",
];

void describe("An up that is killed", { skip: missing("pulumi") }, () => {
  for (const moment of MOMENTS) {
    void it(`ends in the same state after recovery when it was killed at ${moment}`, async () => {
      const project = await PulumiProject.rootStack();
      try {
        const killed = await killedAt(project, UP_WITHOUT_PREVIEW, moment);
        assert.equal(killed.signal, "SIGKILL", killed.output);
        project.removeEmptyAttributes();
        const before = recordedCertificates((await project.state()).resources);

        await recover(project);
        await project.succeed(UP_WITHOUT_PREVIEW);

        const { resources, pending } = await project.state();
        assert.deepEqual(pending, []);
        const after = recordedCertificates(resources);
        assert.equal(after.size, 2);
        for (const [urn, pem] of before) {
          assert.equal(after.get(urn), pem, `${urn} was recorded and must not be signed again`);
        }
        assert.deepEqual(readdirSync(join(project.directory, "keys")).sort(), KEY_FILES);
        const again = await project.succeed(UP_WITHOUT_PREVIEW);
        assert.match(again.output, /\d+ unchanged/);
        assert.doesNotMatch(again.output, /created|updated|replaced/);
      } finally {
        project.remove();
      }
    });
  }

  void it("keeps the recorded root when it is killed while the root is issued anew", async () => {
    const project = await PulumiProject.rootStack();
    try {
      await project.up();
      const first = await project.output("rootCertificate");
      await project.setConfig("kms-pki:rootCommonName", "Renamed Root");
      await killedAt(project, UP_WITHOUT_PREVIEW, "sign:1:after");
      project.removeEmptyAttributes();
      assert.equal((await project.resource("ca-root")).outputs?.["certificatePem"], first);
      await recover(project);
      await project.up();
      assert.notEqual(await project.output("rootCertificate"), first);
      assert.deepEqual((await project.state()).pending, []);
    } finally {
      project.remove();
    }
  });

  for (const moment of REPLACEMENT_MOMENTS) {
    void it(`replaces all keys, and leaves none behind, after recovery from a kill at ${moment}`, async () => {
      // All keys are replaced, which protection refuses.
      const project = await PulumiProject.rootStack({ "kms-pki:deletionProtection": "false" });
      try {
        await project.succeed(UP_WITHOUT_PREVIEW);
        await project.setConfig("kms-pki:algorithm", "ECDSA_P384");
        const killed = await killedAt(project, UP_WITHOUT_PREVIEW, moment);
        assert.equal(killed.signal, "SIGKILL", killed.output);
        await recover(project);
        await project.succeed(UP_WITHOUT_PREVIEW);
        assert.match((await project.succeed(UP_WITHOUT_PREVIEW)).output, /10 unchanged/);
        await assertKeysAreThose(project);
      } finally {
        project.remove();
      }
    });
  }

  for (const algorithm of ["ECDSA_P256", "ECDSA_P384"]) {
    void it(`keeps a working key when the state only holds it as to be deleted, and ${algorithm} is wanted`, async () => {
      // The other algorithm replaces all keys, which protection refuses.
      const project = await PulumiProject.rootStack({ "kms-pki:deletionProtection": "false" });
      try {
        await project.up();
        await project.editState((resource) =>
          resource.urn.endsWith("::ca-ssh-host-key") ? { ...resource, delete: true } : resource,
        );
        await project.setConfig("kms-pki:algorithm", algorithm);
        await project.up();
        await project.succeed(["refresh", "--yes", "--skip-preview"]);
        assert.match((await project.up()).output, /10 unchanged/);
        await assertKeysAreThose(project);
      } finally {
        project.remove();
      }
    });
  }
});

/** The four key files are just those that the state names, each with the key that it names. */
async function assertKeysAreThose(project: PulumiProject): Promise<void> {
  const { resources, pending } = await project.state();
  assert.deepEqual(pending, []);
  const keys = resources.filter(({ type }) => type.endsWith(":SoftKey"));
  assert.deepEqual(
    readdirSync(join(project.directory, "keys")).sort(),
    keys.map(({ outputs }) => String(outputs?.["uri"]).replace("softkms:path=keys/", "")).sort(),
  );
  assert.equal(keys.length, KEY_FILES.length);
  for (const { outputs } of keys) {
    assert.equal(outputs?.["status"], "present");
  }
}
