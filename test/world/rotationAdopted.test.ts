import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { RotationArgs } from "../../provider/rotation/rotation";
import { makeCa } from "../corpus/caWorkshop";
import { UP } from "../engine/project";
import { DAY } from "../engine/rotationSchedule";
import type { GenerationOutput } from "../engine/rotationStack";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { adoptBoth, type ForeignCa, foreignCa } from "./foreignCa";
import { runSaidCommands } from "./saidCommands";
import { WorldProject } from "./worldProject";

const skip = missing("openssl");
/** openssl makes certificates that begin now. */
const BEGINNING = Math.ceil(Date.now() / 1000) * 1000 + 60_000;
const start = new Date(BEGINNING).toISOString();

/** The root changes on day 400, while the adopted intermediate is in use, which changes on day 600. */
const ROTATION: RotationArgs = {
  root: { start, every: "400d", publishBefore: "100d", retireAfter: "100d" },
  intermediate: { start, every: "600d", publishBefore: "10d", retireAfter: "30d" },
};

const at = ({ project }: Pick<ForeignCa, "project">, day: number): void => {
  project.setEnvironment({ KMS_PKI_NOW: new Date(BEGINNING + day * DAY).toISOString(), KMS_PKI_TEST_CLOCK: "1" });
};
const states = (outputs: Record<string, unknown>, list: string): string[] =>
  (outputs[list] as GenerationOutput[]).map(({ generation, state }) => `${String(generation)} ${state}`);

void describe("An adopted CA that rotates", { skip }, () => {
  let ca: ForeignCa;
  /** A leaf of the time before, which names the key identifier of the adopted intermediate. */
  let leaf: string;
  before(async () => {
    ca = await foreignCa();
    at(ca, 0);
    await adoptBoth(ca.project);
    await ca.project.up();
    leaf = makeCa({
      ...{ subject: "/CN=leaf.example", days: 900, extensions: "subjectAltName=DNS:leaf.example\n" },
      issuer: { certificatePem: ca.intermediatePem, keyPem: ca.intermediateKeyPem },
    }).certificatePem;
    await ca.project.setConfigObject("kms-pki:rotation", ROTATION);
  });
  after(() => {
    ca.project.remove();
  });
  const upOn = async (day: number): Promise<Record<string, unknown>> => {
    at(ca, day);
    await ca.project.up();
    return ca.project.outputs();
  };
  const certificates = (outputs: Record<string, unknown>, list: string): string[] =>
    (outputs[list] as GenerationOutput[]).map(({ certificate }) => certificate);
  /** That the leaf verifies below a root through other certificates, on a day. */
  const verifies = (rootPem: string, between: readonly string[], day: number): void => {
    const file = (name: string, content: string): string => {
      writeFileSync(join(ca.project.directory, name), content);
      return join(ca.project.directory, name);
    };
    const time = ["-attime", String(Math.floor((BEGINNING + day * DAY) / 1000))];
    const chain = ["-CAfile", file("verify-root.crt", rootPem), "-untrusted", file("between.crt", between.join(""))];
    assert.match(openssl(["verify", ...time, ...chain, file("leaf.crt", leaf)]), /OK/);
  };

  void it("begins as it is, with a warning that its root cannot sign the next", async () => {
    const preview = await ca.project.succeed(["preview"]);
    assert.match(preview.output, /The root has path length 1, so it cannot sign the next root/);
    assert.doesNotMatch(preview.output, /not as the program declares/);
    const outputs = await upOn(0);
    assert.deepEqual(certificates(outputs, "roots"), [ca.rootPem]);
    assert.deepEqual(certificates(outputs, "intermediates"), [ca.intermediatePem]);
    await ca.project.succeed([...UP, "--expect-no-changes"]);
  });

  void it("keeps its settings when adopt is removed, or says what to give in its place", async () => {
    for (const name of ["rootAdopt", "intermediateAdopt"]) {
      await ca.project.succeed(["config", "rm", `kms-pki:${name}`]);
    }
    const { code, output } = await ca.project.pulumi(["preview"]);
    assert.notEqual(code, 0);
    const commands = await runSaidCommands(ca.project, output);
    assert.match(commands.join(), /rotation\.existingRoot\..*rotation\.existingIntermediate\./);
    await ca.project.succeed([...UP, "--expect-no-changes"]);
    await ca.project.setConfigObject("kms-pki:rotation", ROTATION);
    await adoptBoth(ca.project);
    await ca.project.succeed([...UP, "--expect-no-changes"]);
  });

  void it("keeps dates and path length of its root when a setting changes or it is reissued, so that the rotation goes on", async () => {
    const { project } = ca;
    const [state, file] = [project.snapshot(), join(project.directory, "reissued.crt")];
    const limits = (pem: string): string => {
      writeFileSync(file, pem);
      return openssl(["x509", "-in", file, "-noout", "-dates", "-ext", "basicConstraints"]);
    };
    await project.setConfigObject("kms-pki:rootOcspServers", ["http://ocsp.example.com"]);
    for (const change of [{}, { reissue: true }]) {
      await adoptBoth(project, change);
      const [root = ""] = certificates(await upOn(0), "roots");
      assert.notEqual(root, ca.rootPem);
      assert.equal(limits(root), limits(ca.rootPem));
      await project.succeed([...UP, "--expect-no-changes"]);
    }
    await project.succeed(["config", "rm", "kms-pki:rootOcspServers"]);
    await adoptBoth(project);
    project.restore(state);
    await project.succeed([...UP, "--expect-no-changes"]);
  });

  void it("publishes the next root, which signs the adopted one and a second certificate of the intermediate", async () => {
    const outputs = await upOn(300);
    assert.deepEqual(states(outputs, "roots"), ["0 active", "1 published"]);
    assert.deepEqual(certificates(outputs, "roots")[0], ca.rootPem);
    const crosses = outputs["crossCertificates"] as {
      generation: number;
      issuerGeneration: number;
      certificate: string;
    }[];
    assert.deepEqual(
      crosses.map(({ generation, issuerGeneration }) => [generation, issuerGeneration]),
      [[0, 1]],
    );
    const [, next = ""] = certificates(outputs, "roots");
    verifies(ca.rootPem, [ca.intermediatePem], 300);
    verifies(next, [ca.intermediatePem, crosses[0]?.certificate ?? ""], 300);
  });

  void it("moves to the next root, below which the old leaf verifies with the name and key identifier that stay", async () => {
    const outputs = await upOn(400);
    assert.deepEqual(states(outputs, "roots"), ["1 active", "0 retiring"]);
    assert.deepEqual(outputs["crossCertificates"], [], "a root with path length 1 signs no root");
    const [intermediate = "", adopted] = certificates(outputs, "intermediates");
    assert.equal(adopted, ca.intermediatePem);
    verifies(certificates(outputs, "roots")[0] ?? "", [intermediate], 400);
    verifies(ca.rootPem, [ca.intermediatePem], 400);
    await ca.project.succeed([...UP, "--expect-no-changes"]);
  });

  void it("leaves the adopted root behind, and then the adopted intermediate", async () => {
    const gone = await upOn(510);
    assert.deepEqual(states(gone, "roots"), ["1 active"]);
    verifies(certificates(gone, "roots")[0] ?? "", certificates(gone, "intermediates").slice(0, 1), 510);
    await ca.project.succeed(["config", "rm", "kms-pki:rootAdopt"]);
    const after = await upOn(511);
    assert.deepEqual(after["intermediates"], gone["intermediates"]);
    await upOn(595);
    await upOn(600);
    const later = await upOn(640);
    assert.equal(states(later, "intermediates")[0], "1 active");
    assert.equal(
      (later["intermediates"] as GenerationOutput[]).some(({ generation }) => generation === 0),
      false,
    );
  });
});

void describe("An adopted CA that ends too early for the schedule", { skip }, () => {
  const cases = [
    {
      what: "the intermediate",
      wish: { intermediateDays: 500 },
      found:
        /rotation\.existingIntermediate\.notAfter: ROTATION_INVALID: the intermediate ends on \S+, but what it issues must be trusted until .*rotation\.root\.start/,
    },
    {
      what: "the root",
      wish: { rootDays: 450 },
      found: /rotation\.existingRoot\.notAfter: ROTATION_INVALID: the root ends on/,
    },
  ] as const;
  for (const { what, wish, found } of cases) {
    void it(`is refused with the reason, and nothing changes: ${what}`, async () => {
      const ca = await foreignCa({}, wish);
      try {
        at(ca, 0);
        await adoptBoth(ca.project);
        await ca.project.setConfigObject("kms-pki:rotation", {
          ...ROTATION,
          ...(what === "the intermediate" ? { root: { ...ROTATION.root, every: "550d" } } : {}),
        });
        const { code, output } = await ca.project.pulumi(["preview"]);
        assert.notEqual(code, 0);
        assert.match(output, found);
      } finally {
        ca.project.remove();
      }
    });
  }

  void it("is refused when a change is already past, as for any authority that has served until now", async () => {
    const ca = await foreignCa();
    const project = await WorldProject.rootStack({ "kms-pki:ssh": "false" });
    try {
      // A stack that has made nothing.
      at({ project }, 410);
      for (const [name, pem] of Object.entries({ "root.crt": ca.rootPem, "intermediate.crt": ca.intermediatePem })) {
        writeFileSync(join(project.directory, name), pem);
      }
      for (const [part, pem] of Object.entries({ root: ca.rootKeyPem, intermediate: ca.intermediateKeyPem })) {
        writeFileSync(join(project.directory, `${part}.key`), pem, { mode: 0o600 });
        await project.setConfig(`kms-pki:adopt.${part}`, `${part}.key`);
      }
      await project.setConfigObject("kms-pki:rotation", ROTATION);
      await project.succeed(["preview"]);
      await adoptBoth(project);
      const { code, output } = await project.pulumi(["preview"]);
      assert.notEqual(code, 0);
      assert.match(output, /ROTATION_LATE/);
    } finally {
      ca.project.remove();
      project.remove();
    }
  });
});
