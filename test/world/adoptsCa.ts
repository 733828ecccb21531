import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { KmsStack } from "../engine/kmsStack";
import { UP } from "../engine/project";
import { WorldProject } from "./worldProject";

/** A CA whose keys are in a KMS already, before a stack adopts it. */
export interface CaInKms {
  readonly rootPem: string;
  readonly intermediatePem: string;
  /** The setting `adopt`: the keys by their names in the authority. */
  readonly adopt: Readonly<Record<"root" | "intermediate", string>>;
}

/** A KMS, and a CA in it. */
export interface AdoptsIn<Stack extends KmsStack<WorldProject>> {
  readonly name: string;
  readonly skip: string | false;
  /** A root stack without SSH keys that has made nothing. */
  readonly start: () => Promise<Stack>;
  readonly makeCa: (stack: Stack) => Promise<CaInKms>;
  /** What the KMS calls an operation that signs, makes a key, or writes beside one. */
  readonly writes: RegExp;
}

/** Tests that a stack takes over a CA as it is: its keys by the key source, and its certificates by the authority. */
export function adoptsCa<Stack extends KmsStack<WorldProject>>(on: AdoptsIn<Stack>): void {
  void describe(`A CA in ${on.name} that a stack adopts`, { skip: on.skip }, () => {
    let stack: Stack;
    let ca: CaInKms;
    let keys: string[];
    before(async () => {
      stack = await on.start();
      ca = await on.makeCa(stack);
      keys = await stack.liveKeys();
      for (const [name, content] of Object.entries({ root: ca.rootPem, intermediate: ca.intermediatePem })) {
        writeFileSync(join(stack.project.directory, `${name}.crt`), content);
        await stack.project.setConfig(`kms-pki:${name}Adopt.certificate`, `${name}.crt`);
      }
      await stack.project.setConfigObject("kms-pki:adopt", ca.adopt);
    });
    after(() => stack.stop());
    const isUntouched = async (): Promise<void> => {
      assert.deepEqual(
        stack.calls.filter((call) => on.writes.test(call)),
        [],
      );
      assert.deepEqual(await stack.liveKeys(), keys);
      const { rootCertificate, intermediateCertificate } = await stack.project.outputs();
      assert.deepEqual([rootCertificate, intermediateCertificate], [ca.rootPem, ca.intermediatePem]);
    };

    void it("becomes its own: no key is made, nothing is signed, and nothing is written beside a key", async () => {
      stack.clear();
      const { output } = await stack.project.up();
      assert.doesNotMatch(output, /not as the program declares/);
      await isUntouched();
    });

    void it("stays as it is in the next runs, after a refresh, and without the settings", async () => {
      await stack.project.up(); // what a plugin cannot read of a key that it imports is declared now
      await stack.project.succeed([...UP, "--expect-no-changes"]);
      await stack.project.succeed(["refresh", "--yes", "--skip-preview"]);
      for (const name of ["adopt", "rootAdopt", "intermediateAdopt"]) {
        await stack.project.succeed(["config", "rm", `kms-pki:${name}`]);
      }
      await stack.project.succeed([...UP, "--expect-no-changes"]);
      await isUntouched();
    });

    void it("signs with the adopted keys when a setting changes", async () => {
      await stack.project.setConfigObject("kms-pki:intermediateOcspServers", ["http://ocsp.example.com"]);
      await stack.project.up();
      assert.equal(await stack.project.output("rootCertificate"), ca.rootPem);
      assert.notEqual(await stack.project.output("intermediateCertificate"), ca.intermediatePem);
      assert.deepEqual(await stack.liveKeys(), keys);
    });
  });
}

/**
 * Issues a CA for keys that exist, as any other tool may have done.
 *
 * @param environment in which the keys are reached
 */
export async function issueCa(
  stack: KmsStack<WorldProject>,
  uris: Readonly<Record<"root" | "intermediate", string>>,
  environment: Readonly<Record<string, string>> = stack.stepCaEnvironment,
): Promise<Pick<CaInKms, "rootPem" | "intermediatePem">> {
  const project = await WorldProject.program(`
    const key = (name, uri) => new pki.ExistingKey(name, { uri });
    const root = new pki.Certificate("root", {
      key: key("root-key", ${JSON.stringify(uris.root)}),
      subject: { commonName: "Smallstep Root" },
    });
    const intermediate = new pki.Certificate("intermediate", {
      key: key("intermediate-key", ${JSON.stringify(uris.intermediate)}),
      issuer: root,
      subject: { commonName: "Smallstep Intermediate" },
    });
    exports.root = root.certificatePem;
    exports.intermediate = intermediate.certificatePem;`);
  try {
    project.setEnvironment(environment);
    await project.up();
    return { rootPem: await project.output("root"), intermediatePem: await project.output("intermediate") };
  } finally {
    project.remove();
  }
}

/** A CA that an earlier stack left in a device: destroying the stack releases its keys. */
export async function leaveCa(stack: KmsStack<WorldProject>, adopt: (keyUri: string) => string): Promise<CaInKms> {
  const { project } = stack;
  await project.up();
  const { rootKey, intermediateKey, rootCertificate, intermediateCertificate } = await project.outputs();
  await project.unprotect();
  await project.succeed(["destroy", "--yes", "--skip-preview"]);
  await project.setConfig("kms-pki:deletionProtection", "true");
  return {
    ...{ rootPem: String(rootCertificate), intermediatePem: String(intermediateCertificate) },
    adopt: { root: adopt(String(rootKey)), intermediate: adopt(String(intermediateKey)) },
  };
}
