import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { missing } from "../tools";
import { killedAt, recover } from "./providerCalls";
import { PulumiProject, UP_WITHOUT_PREVIEW } from "./project";
import { recordedCertificates } from "./recordedCertificates";

/** The names of the key files of a first up. */
const FIRST_KEY_FILES = ["intermediate.pem", "root.pem", "ssh-host-key.pem", "ssh-user-key.pem"];

/**
 * Before and after every signature of a full up, and at the first and the last key. {@link AT_EACH_KEY} covers the keys between.
 */
const MOMENTS = [
  "link:1:before",
  "link:4:after",
  ...[1, 2].flatMap((n) => [`sign:${String(n)}:before`, `sign:${String(n)}:after`]),
  "generateKeyPair:1:before",
  "link:2:after:continue",
  "sign:1:after:continue",
];

/** The same for a change of the algorithm, which replaces all keys and certificates. */
const REPLACEMENT_MOMENTS = ["link:1:before", "link:4:after", "sign:1:after", "sign:2:before", "link:4:after:continue"];

/**
 * One up after another is killed at these moments, that is, at the keys between the first and the last. Each run makes at least
 * one.
 */
const AT_EACH_KEY = ["link:1:after", "link:2:before", "link:1:after", "link:1:after", "link:1:after"];

void describe("A killed up", { skip: missing("pulumi") }, () => {
  for (const moment of MOMENTS) {
    void it(`ends in the same state after recovery when it was killed at ${moment}`, async () =>
      on(await PulumiProject.rootStack(), async (project) => {
        const recorded = await killedAndRecovered(project, moment);
        await project.succeed(UP_WITHOUT_PREVIEW);
        await assertKept(project, recorded);
        await assertWhole(project, FIRST_KEY_FILES);
      }));
  }

  void it("ends in the same state when it is killed at one key after another until it succeeds", async () =>
    on(await PulumiProject.rootStack(), async (project) => {
      await killedAtEachKey(project);
      await assertWhole(project, FIRST_KEY_FILES);
    }));
});

void describe("A killed up that issues revocation lists", { skip: missing("pulumi", "openssl") }, () => {
  void it("issues a list again that was signed and not recorded, with a higher number, and signs nothing else", async () =>
    on(await PulumiProject.rootStack({ "kms-pki:ssh": "false" }), async (project) => {
      await project.setConfigObject("kms-pki:crl", { url: "http://pki.example.com/crl", every: "10d" });
      const at = (now: string): void => {
        project.setEnvironment({ KMS_PKI_NOW: now, KMS_PKI_TEST_CLOCK: "1" });
      };
      const numbers = async (): Promise<number[]> =>
        ((await project.outputs())["crls"] as { number: number }[]).map(({ number }) => number);
      at("2027-01-01T00:00:00Z");
      const recorded = await killedAndRecovered(project, "sign:3:after");
      at("2027-01-01T00:00:10Z");
      await project.succeed(UP_WITHOUT_PREVIEW);
      await assertKept(project, recorded);
      const first = await numbers();
      assert.ok(Math.max(...first) > Date.parse("2027-01-01T00:00:00Z") / 1000, first.join());

      at("2027-01-11T00:00:00Z");
      await killedAndRecovered(project, "sign:1:after");
      at("2027-01-11T00:00:10Z");
      await project.succeed(UP_WITHOUT_PREVIEW);
      const second = await numbers();
      assert.ok(second.every((number, index) => number > Number(first[index])));
      assert.match((await project.succeed(UP_WITHOUT_PREVIEW)).output, /10 unchanged/);
      assert.deepEqual((await project.state()).pending, []);
    }));
});

void describe("A killed up that changes a stack", { skip: missing("pulumi") }, () => {
  let whole: PulumiProject;
  before(async () => {
    // This replaces all keys, which protection would refuse.
    whole = await PulumiProject.rootStack({ "kms-pki:deletionProtection": "false" });
    await whole.succeed(UP_WITHOUT_PREVIEW);
  });
  after(() => {
    whole.remove();
  });

  void it("keeps the recorded root when it reissues the root", () =>
    on(whole.copy(), async (project) => {
      const first = await project.output("rootCertificate");
      await project.setConfig("kms-pki:rootCommonName", "Renamed Root");
      await killedAndRecovered(project, "sign:1:after");
      assert.equal((await project.resource("ca-root")).outputs?.["certificatePem"], first);
      await project.succeed(UP_WITHOUT_PREVIEW);
      assert.notEqual(await project.output("rootCertificate"), first);
      assert.deepEqual((await project.state()).pending, []);
    }));

  for (const moment of REPLACEMENT_MOMENTS) {
    void it(`replaces all keys, and leaves none behind, after recovery from a kill at ${moment}`, () =>
      on(whole.copy(), async (project) => {
        await project.setConfig("kms-pki:algorithm", "ECDSA_P384");
        await killedAndRecovered(project, moment);
        await project.succeed(UP_WITHOUT_PREVIEW);
        await assertWhole(project);
      }));
  }

  void it("replaces all keys, and leaves none behind, when killed at one key after another", () =>
    on(whole.copy(), async (project) => {
      await project.setConfig("kms-pki:algorithm", "ECDSA_P384");
      await killedAtEachKey(project);
      await assertWhole(project);
    }));

  for (const algorithm of ["ECDSA_P256", "ECDSA_P384"]) {
    void it(`keeps a working key that the state only lists for deletion, when ${algorithm} is wanted`, () =>
      on(whole.copy(), async (project) => {
        await project.editState((resource) =>
          resource.urn.endsWith("::ca-ssh-host-key") ? { ...resource, delete: true } : resource,
        );
        await project.setConfig("kms-pki:algorithm", algorithm);
        await project.succeed(UP_WITHOUT_PREVIEW);
        await project.succeed(["refresh", "--yes", "--skip-preview"]);
        await assertWhole(project);
      }));
  }
});

async function on(project: PulumiProject, test: (project: PulumiProject) => Promise<void>): Promise<void> {
  try {
    await test(project);
  } finally {
    project.remove();
  }
}

/**
 * Kills an up at a moment, and recovers as documented.
 *
 * @returns the certificates that the engine had recorded
 */
async function killedAndRecovered(project: PulumiProject, moment: string): Promise<Map<string, unknown>> {
  const killed = await killedAt(project, UP_WITHOUT_PREVIEW, moment);
  assert.equal(killed.signal, "SIGKILL", killed.output);
  project.removeEmptyAttributes();
  const recorded = recordedCertificates((await project.state()).resources);
  await recover(project);
  return recorded;
}

/** Kills one up after another, each continuing from the last, until one succeeds because no key is left to make. */
async function killedAtEachKey(project: PulumiProject): Promise<void> {
  const signals: (string | null)[] = [];
  for (const moment of AT_EACH_KEY) {
    const { code, signal, output } = await killedAt(project, UP_WITHOUT_PREVIEW, moment);
    signals.push(signal);
    if (signal === null) {
      assert.equal(code, 0, output);
      break;
    }
    project.removeEmptyAttributes();
    await recover(project);
  }
  assert.deepEqual([signals[0], signals.at(-1)], ["SIGKILL", null]);
}

async function assertKept(project: PulumiProject, recorded: Map<string, unknown>): Promise<void> {
  const certificates = recordedCertificates((await project.state()).resources);
  assert.equal(certificates.size, 2);
  for (const [urn, pem] of recorded) {
    assert.equal(certificates.get(urn), pem, `${urn} was recorded and must not be signed again`);
  }
}

/** Checks that nothing is left to do, and that the key files and their keys are exactly those in the state. */
async function assertWhole(project: PulumiProject, names?: readonly string[]): Promise<void> {
  const { output } = await project.succeed(UP_WITHOUT_PREVIEW);
  assert.match(output, /10 unchanged/);
  assert.doesNotMatch(output, /created|updated|replaced/);
  const { resources, pending } = await project.state();
  assert.deepEqual(pending, []);
  const files = readdirSync(join(project.directory, "keys")).sort();
  const keys = resources.filter(({ type }) => type.endsWith(":SoftKey"));
  assert.deepEqual(files, keys.map(({ outputs }) => String(outputs?.["uri"]).replace("softkms:path=keys/", "")).sort());
  assert.deepEqual(files, names ?? files);
  assert.equal(keys.length, FIRST_KEY_FILES.length);
  for (const { outputs } of keys) {
    assert.equal(outputs?.["status"], "present");
  }
}
