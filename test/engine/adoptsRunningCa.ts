import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { runTool } from "../tools";
import type { KmsStack } from "./kmsStack";
import { generateJwkProvisionerKey } from "../../provider/stepca/jwkProvisioner";
import { jwkProvisioner } from "../../provider/stepca/provisioners";
import { PASSPHRASE } from "./project";
import { running } from "./issuesCertificates";
import { freePort } from "../fixtures/freePort";
import type { StackProject } from "./stackProject";
import { StepCa } from "./stepCa";

/** The keys of a CA that another tool has made, as ca.json names them. */
export interface MadeKeys {
  readonly key: string;
  readonly kms: object;
  readonly ssh?: { readonly hostKey: string; readonly userKey: string };
}

/** The files of a CA that another tool has made: root_ca.crt, intermediate_ca.crt and, if the tool makes it, ca.json. */
export interface MadeCa {
  readonly folder: string;
  /** For the ca.json, if the tool makes none. */
  readonly keys?: MadeKeys;
  readonly stepCaEnvironment?: Readonly<Record<string, string>>;
}

/** A CA that a tool makes, and a stack that takes it over. */
export interface AdoptedCa<Stack extends KmsStack<StackProject> = KmsStack<StackProject>> {
  /** The tool and the KMS. */
  readonly name: string;
  readonly skip: string | false;
  /** A new root stack, with none of its own keys. */
  readonly start: () => Promise<Stack>;
  /** Has the tool make a CA in a folder, which does not exist yet. */
  readonly make: (stack: Stack, folder: string, address: string) => Promise<MadeCa>;
  /** The commands of the documents, for a CA in /etc/step-ca. */
  readonly documented: string;
  /** Options of `kms-pki adopt`. */
  readonly options?: readonly string[];
  /** The calls of the KMS that make a key, or sign. */
  readonly makesOrSigns: RegExp;
  /** How many signatures prove that a key is where its certificate is. They sign no certificate. */
  readonly proofs?: number;
}

/** A ca.json in the form of smallstep's documents. */
export function caJson(folder: string, address: string, { key, kms, ssh }: MadeKeys, provisioner: object): string {
  const config = {
    ...{ root: join(folder, "root_ca.crt"), federatedRoots: [], crt: join(folder, "intermediate_ca.crt"), key, kms },
    ...{ address, dnsNames: ["localhost", "127.0.0.1"], ...(ssh === undefined ? {} : { ssh }) },
    logger: { format: "text" },
    db: { type: "badgerv2", dataSource: join(folder, "db") },
    authority: { claims: { maxTLSCertDuration: "48h" }, provisioners: [provisioner] },
    tls: { minVersion: 1.2, maxVersion: 1.3, renegotiation: false },
  };
  return JSON.stringify(config, null, "\t");
}

/** Tests that `kms-pki adopt` and one `up` take over a CA that another tool has made and step-ca runs. */
export function adoptsRunningCa<Stack extends KmsStack<StackProject>>(adopted: AdoptedCa<Stack>): void {
  const { name, skip, start, make, makesOrSigns, documented, options = [], proofs = 0 } = adopted;
  void describe(`A CA made by ${name}`, { skip }, () => {
    let stack: Stack;
    let ca: StepCa | undefined;
    let port: number;
    let made: MadeCa;
    let was: { config: string; root: string; intermediate: string; keys: string[] };
    const home = (file: string): string => join(stack.project.scratch, "step", file);
    const path = (file: string): string => join(made.folder, file);
    const inFolder = (file: string): string => readFileSync(path(file), "utf8");
    const jwk = (): string[] => ["--provisioner", "admin", "--provisioner-password-file", stack.project.passphraseFile];

    /** The arguments of a documented command of `kms-pki`, with the paths of this CA. */
    const argumentsOf = (command: string): string[] => {
      const [line = ""] = documented.split("\n").filter((each) => each.startsWith(`kms-pki ${command} `));
      const words = line.split(" ").slice(1);
      return words.map((word) =>
        word.replace("/etc/step-ca/config/ca.json", path("ca.json")).replace("/etc/step-ca/certs", made.folder),
      );
    };

    const serve = async (): Promise<StepCa> => {
      const environment = { ...stack.stepCaEnvironment, ...made.stepCaEnvironment };
      const { passphraseFile, scratch } = stack.project;
      return StepCa.start(made.folder, passphraseFile, port, join(scratch, "step"), environment);
    };

    before(async () => {
      stack = await start();
      port = await freePort();
      const address = `127.0.0.1:${String(port)}`;
      made = await make(stack, join(stack.project.scratch, "old"), address);
      if (made.keys !== undefined) {
        const provisioner = jwkProvisioner("admin", await generateJwkProvisionerKey(PASSPHRASE), true);
        writeFileSync(path("ca.json"), caJson(made.folder, address, made.keys, provisioner), { mode: 0o600 });
      }
      ca = await serve();
      await ca.step(["ca", "certificate", "localhost", "leaf.crt", "leaf.key", ...jwk()]);
      await ca.stop();
      was = {
        ...{
          config: inFolder("ca.json"),
          root: inFolder("root_ca.crt"),
          intermediate: inFolder("intermediate_ca.crt"),
        },
        keys: await stack.liveKeys(),
      };
      stack.clear();
    });
    after(async () => {
      await ca?.stop();
      await stack.stop();
    });

    const changing = (): string[] => stack.calls.filter((call) => makesOrSigns.test(call));

    void it("becomes the settings of the stack, by kms-pki adopt", async () => {
      const { code, output } = await stack.project.kmsPki([...argumentsOf("adopt"), ...options]);
      assert.equal(code, 0, output);
      assert.deepEqual(changing(), []);
    });

    void it("is taken over by one up, which makes no key and signs nothing", async () => {
      const { output } = await stack.project.up();
      assert.doesNotMatch(output, /is not as the program declares it/);
      assert.equal(changing().length, proofs, changing().join(" "));
      assert.deepEqual(await stack.liveKeys(), was.keys);
      assert.equal(await stack.project.output("rootCertificate"), was.root);
      assert.equal(await stack.project.output("intermediateCertificate"), was.intermediate);
    });

    void it("does not change in the next up", async () => {
      stack.clear();
      const { output } = await stack.project.up();
      assert.match(output, /\d+ unchanged/);
      assert.doesNotMatch(output, /\d+ (?:created|updated|replaced|deleted)/);
      assert.deepEqual(changing(), []);
    });

    void it("is exported to the same ca.json and the same certificates", async () => {
      const { code, output } = await stack.project.kmsPki(argumentsOf("export"));
      assert.equal(code, 0, output);
      assert.equal(inFolder("ca.json"), was.config);
      assert.deepEqual([inFolder("root_ca.crt"), inFolder("intermediate_ca.crt")], [was.root, was.intermediate]);
      const status = await stack.project.kmsPki(["status"]);
      assert.equal(status.code, 0, status.output);
    });

    void it("still verifies and renews a leaf from before", async () => {
      const files = ["-CAfile", path("root_ca.crt"), "-untrusted", path("intermediate_ca.crt")];
      assert.match(runTool("openssl", ["verify", ...files, home("leaf.crt")]), /: OK/);
      assert.equal(runTool("step", ["certificate", "verify", home("leaf.crt"), "--roots", path("root_ca.crt")]), "");
      ca = await serve();
      const old = readFileSync(home("leaf.crt"), "utf8");
      await running(ca).step(["ca", "renew", "leaf.crt", "leaf.key", "--force"]);
      assert.notEqual(readFileSync(home("leaf.crt"), "utf8"), old);
    });
  });
}
