import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { newKey } from "../corpus/caWorkshop";
import { initToolConfig } from "../corpus/initToolCa";
import { openssl } from "../fixtures/openssl";
import { missing, runTool } from "../tools";
import { running } from "../engine/issuesCertificates";
import { KeyFileStack } from "../engine/keyFileStack";
import { PASSPHRASE, UP_WITHOUT_PREVIEW } from "../engine/project";
import { DAY } from "../engine/rotationSchedule";
import type { GenerationOutput } from "../engine/rotationStack";
import { reloadUntilServed } from "../engine/servedIssuers";
import { freePort } from "../fixtures/freePort";
import { StepCa } from "../engine/stepCa";
import { WorldProject } from "./worldProject";

/** The last change of the schedule is a day past, and what it ends is valid for another day, while step-ca serves in real time. */
const BEGINNING = Math.floor(Date.now() / 1000) * 1000 - 501 * DAY;
const start = new Date(BEGINNING).toISOString();
/** The root changes on day 400, and the intermediate on day 450. */
const ROTATION = {
  root: { start, every: "400d", publishBefore: "100d", retireAfter: "100d" },
  intermediate: { start, every: "450d", publishBefore: "10d", retireAfter: "300d" },
};

/** A CA that began in the past, as only `openssl ca` makes one: its root has path length 1, its names are in PrintableString. */
function makeOldCa(folder: string): void {
  const file = (name: string, content = ""): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const date = (day: number): string =>
    `${new Date(BEGINNING + day * DAY)
      .toISOString()
      .replaceAll(/[-:T]|\.\d+/g, "")
      .slice(0, 14)}Z`;
  const issue = (name: string, title: string, pathLength: number, issuer: string): void => {
    const keyPem = newKey();
    const plain = file(`${name}.plain`, keyPem);
    file(
      `${name}_ca_key`,
      openssl(["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", `pass:${PASSPHRASE}`], keyPem),
    );
    const extensions = `basicConstraints=critical,CA:TRUE,pathlen:${String(pathLength)}`;
    const config = file(
      `${name}.cnf`,
      `${initToolConfig(title, keyPem, extensions)}
[ca]
default_ca=ours
[ours]
database=${file(`${name}.index`)}
new_certs_dir=${folder}
rand_serial=yes
default_md=sha256
policy=any
unique_subject=no
[any]
commonName=supplied
`,
    );
    const request = file(`${name}.csr`, openssl(["req", "-new", "-config", config, "-key", plain]));
    const signing = issuer === name ? ["-selfsign"] : ["-cert", join(folder, `${issuer}_ca.crt`)];
    openssl([
      ...["ca", "-batch", "-notext", "-config", config, "-in", request, "-extensions", "ext", "-preserveDN"],
      ...[...signing, "-keyfile", join(folder, `${issuer}.plain`)],
      ...["-startdate", date(-1), "-enddate", date(3650), "-out", join(folder, `${name}_ca.crt`)],
    ]);
  };
  issue("root", "Smallstep Root", 1, "root");
  issue("intermediate", "Smallstep Intermediate", 0, "root");
}

const TOOLS = missing("step-ca", "step", "openssl");

void describe("A CA of openssl that a stack adopts and rotates under step-ca", { skip: TOOLS }, () => {
  let stack: KeyFileStack<WorldProject>;
  let ca: StepCa | undefined;
  let port: number;
  let outputs: Record<string, unknown>;
  let made: string[];
  const inProject = (name: string): string => join(stack.project.directory, name);
  const home = (file: string): string => join(stack.project.scratch, "step", file);
  const jwk = (): string[] => ["--provisioner", "admin", "--provisioner-password-file", stack.project.passphraseFile];
  const list = (name: string): GenerationOutput[] => outputs[name] as GenerationOutput[];
  const pemOf = (name: string, generation: number): string =>
    list(name).find((each) => each.generation === generation)?.certificate ?? "";
  const changing = (): string[] => stack.calls.filter((call) => /^(?:sign|generateKeyPair|link|rename)$/.test(call));

  const upOn = async (day: number): Promise<void> => {
    const now = new Date(BEGINNING + day * DAY).toISOString();
    stack.project.setEnvironment({ KMS_PKI_NOW: now, KMS_PKI_TEST_CLOCK: "1" });
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
    outputs = await stack.project.outputs();
    const { code, output } = await stack.project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(code, 0, output);
  };
  /** Has step-ca read what was exported, and waits until it serves the new chain. */
  const serve = (): Promise<void> => reloadUntilServed(running(ca), port, String(outputs["intermediateBundle"]));
  const issue = (name: string): Promise<string> =>
    running(ca).step(["ca", "certificate", "localhost", `${name}.crt`, `${name}.key`, ...jwk()]);
  /** That openssl and Go verify a leaf, with the certificates that came with it or others, below a root. */
  const verifies = (leaf: string, rootPem: string, between?: string): void => {
    const [root, file] = [inProject("trusted.crt"), inProject("shown.crt")];
    const [own = "", ...others] = readFileSync(home(`${leaf}.crt`), "utf8").split(/(?<=END CERTIFICATE-----\n)/);
    writeFileSync(root, rootPem);
    writeFileSync(file, [own, ...(between === undefined ? others : [between])].join(""));
    assert.match(openssl(["verify", "-x509_strict", "-CAfile", root, "-untrusted", file, file]), /: OK/);
    runTool("step", ["certificate", "verify", file, "--roots", root]);
  };
  const renews = async (leaf: string): Promise<void> => {
    const old = readFileSync(home(`${leaf}.crt`), "utf8");
    await running(ca).step(["ca", "renew", `${leaf}.crt`, `${leaf}.key`, "--force"]);
    assert.notEqual(readFileSync(home(`${leaf}.crt`), "utf8"), old);
  };

  before(async () => {
    port = await freePort();
    stack = KeyFileStack.over(
      await WorldProject.rootStack({ "kms-pki:ssh": "false", "kms-pki:address": `127.0.0.1:${String(port)}` }),
    );
    makeOldCa(stack.project.directory);
    made = ["root_ca.crt", "intermediate_ca.crt"].map((name) => readFileSync(inProject(name), "utf8"));
    for (const part of ["root", "intermediate"]) {
      await stack.project.setConfig(`kms-pki:adopt.${part}`, `${part}_ca_key`);
      await stack.project.setConfig(`kms-pki:${part}Adopt.certificate`, `${part}_ca.crt`);
    }
    stack.project.setEnvironment({ KMS_PKI_NOW: start, KMS_PKI_TEST_CLOCK: "1" });
  });
  after(async () => {
    await ca?.stop();
    await stack.stop();
  });

  void it("is taken over and exported as it is, without a signature or a key", async () => {
    const { output } = await stack.project.up();
    assert.doesNotMatch(output, /is not as the program declares/);
    assert.deepEqual(changing(), []);
    assert.match((await stack.project.up()).output, /\d+ unchanged/);
    const exported = await stack.project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(exported.code, 0, exported.output);
    assert.deepEqual(
      ["root_ca.crt", "intermediate_ca.crt"].map((name) => readFileSync(inProject(join("ca", name)), "utf8")),
      made,
    );
    const { passphraseFile, scratch } = stack.project;
    ca = await StepCa.start(inProject("ca"), passphraseFile, port, join(scratch, "step"));
    await issue("old");
    verifies("old", made[0] ?? "");
  });

  void it("keeps its certificates when it begins to rotate, with a warning", async () => {
    await stack.project.setConfigObject("kms-pki:rotation", ROTATION);
    const preview = await stack.project.succeed(["preview"]);
    assert.match(preview.output, /The root has path length 1, so it cannot sign the next root/);
    await upOn(1);
    assert.deepEqual([pemOf("roots", 0), pemOf("intermediates", 0)], made);
    await serve();
    await renews("old");
  });

  void it("publishes the next root: clients of either verify what it served before and serves now", async () => {
    await upOn(310);
    await serve();
    await issue("published");
    for (const root of [pemOf("roots", 0), pemOf("roots", 1)]) {
      verifies("published", root);
    }
    await renews("old");
  });

  void it("moves the adopted intermediate below the next root, where leaves from before verify and renew", async () => {
    await upOn(405);
    await serve();
    const [moved] = list("intermediates").filter(({ generation, state }) => generation === 0 && state === "active");
    assert.notEqual(moved?.certificate, made[1]);
    verifies("old", pemOf("roots", 1), moved?.certificate);
    verifies("old", pemOf("roots", 0));
    await issue("moved");
    verifies("moved", pemOf("roots", 1));
    await renews("old");
  });

  void it("rotates the adopted intermediate and leaves the adopted root behind", async () => {
    await upOn(455);
    await serve();
    await issue("next");
    verifies("next", pemOf("roots", 1));
    await renews("old");
    verifies("old", pemOf("roots", 1));
    await upOn(501);
    assert.deepEqual(
      list("roots").map(({ generation }) => generation),
      [1],
    );
    await serve();
    await renews("moved");
    const status = await stack.project.kmsPki(["status"]);
    assert.equal(status.code, 0, status.output);
  });
});
