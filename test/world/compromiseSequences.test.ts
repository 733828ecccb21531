import assert from "node:assert/strict";
import crypto, { createHash, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { AUTHORITY_PARTS, generationLabel } from "../../provider/rotation/authorityPart";
import { type Run, UP_WITHOUT_PREVIEW } from "../engine/project";
import { RotationStack } from "../engine/rotationStack";
import { ARGS, day } from "../rotation/rotations";
import { leadsToServed, type Served } from "./served";
import { WorldProject } from "./worldProject";

/** One step of a sequence: days pass, a key may be compromised, a run may be cut off, and a run is completed. */
interface Step {
  readonly days: number;
  readonly compromise: { readonly part: number; readonly which: number } | null;
  /** The operation at which the run is cut off. */
  readonly cutOff: { readonly operation: number; readonly moment: "before" | "after" } | null;
}

const step: fc.Arbitrary<Step> = fc.record({
  days: fc.oneof({ weight: 4, arbitrary: fc.nat(12) }, { weight: 1, arbitrary: fc.integer({ min: 20, max: 45 }) }),
  compromise: fc.option(fc.record({ part: fc.nat(AUTHORITY_PARTS.length - 1), which: fc.nat(2) }), { freq: 2 }),
  cutOff: fc.option(fc.record({ operation: fc.nat(9), moment: fc.constantFrom("before", "after") }), { freq: 2 }),
});

const SEQUENCES = fc.sample(fc.array(step, { minLength: 8, maxLength: 12 }), { seed: 14, numRuns: 3 });

/** Lists of revoked certificates among the outputs. */
interface ListOutput {
  readonly name: string;
  readonly pem: string;
}

void describe("A rotating authority with random compromises, lateness and cut-off runs", () => {
  /** The digests of the public keys that signed, in order. */
  const signers: string[] = [];
  const { sign } = crypto;
  before(() => {
    Object.assign(crypto, {
      sign: (...args: unknown[]): unknown => {
        const [, , given] = args as [unknown, unknown, KeyObject | { readonly key: KeyObject }];
        // A loaded key pair is tested at once. That is no requested signature.
        if (typeof args.at(-1) === "function") {
          signers.push(digestOf(createPublicKey("key" in given ? given.key : given)));
        }
        return (sign as (...all: unknown[]) => unknown)(...args);
      },
    });
  });
  after(() => {
    Object.assign(crypto, { sign });
  });

  for (const [number, steps] of SEQUENCES.entries()) {
    void it(`keeps its promises in sequence ${String(number + 1)}`, async () => {
      const project = await WorldProject.rootStack();
      try {
        await project.setConfigObject("kms-pki:crl", { url: "http://pki.example.com/crl" });
        await new Sequence(await RotationStack.over(project, ARGS), signers).follow(steps);
      } finally {
        project.remove();
      }
    });
  }
});

/** One authority on its way through a sequence, with what was seen of it. */
class Sequence {
  readonly #stack: RotationStack<WorldProject>;
  readonly #signers: string[];
  readonly #compromised = new Map<string, string>();
  /** The lists that were seen last, by name. */
  readonly #lists = new Map<string, { readonly pem: string; readonly number: bigint; readonly serials: Set<string> }>();
  /** When the certificates that were withdrawn end, by serial number. */
  readonly #ends = new Map<string, number>();
  #roots: readonly string[] = [];

  constructor(stack: RotationStack<WorldProject>, signers: string[]) {
    this.#stack = stack;
    this.#signers = signers;
  }

  async follow(steps: readonly Step[]): Promise<void> {
    const stack = this.#stack;
    const { project } = stack;
    stack.at(day(0));
    await project.succeed(UP_WITHOUT_PREVIEW);
    await this.#check(false);
    assert.ok(this.#signers.length > 0);
    const calls = join(project.scratch, "all-calls");
    project.setEnvironment({ PROVIDER_CALLS_FILE: calls });
    const filesBefore = stack.keyFiles.length;
    for (const { days, compromise, cutOff } of steps) {
      stack.at(stack.now + days * 86_400_000);
      this.#signers.length = 0;
      if (compromise !== null) {
        await this.#compromise(compromise);
      }
      if (cutOff !== null) {
        await this.#cutOff(cutOff);
      }
      await this.#check(await this.#complete());
    }
    const made = existsSync(calls) ? readFileSync(calls, "utf8").split("\n") : [];
    // Each generation has one file, and no file was ever made a second time.
    assert.equal(made.filter((call) => call === "generateKeyPair").length, stack.keyFiles.length - filesBefore);
  }

  /** Names a generation that is trusted. */
  async #compromise({ part: index, which }: { readonly part: number; readonly which: number }): Promise<void> {
    const part = AUTHORITY_PARTS[index] ?? "root";
    const outputs = await this.#served();
    const all = {
      ...{ root: outputs.roots, intermediate: outputs.intermediates },
      ...{ "ssh-user": outputs.sshUserKeys, "ssh-host": outputs.sshHostKeys },
    }[part];
    const chosen = all[which % all.length];
    assert.ok(chosen !== undefined);
    const label = generationLabel(part, chosen.generation);
    const { outputs: recorded } = await this.#stack.project.resource(`ca-${label}-key`);
    this.#compromised.set(label, digestOf(createPublicKey(String(recorded?.["publicKeyPem"]))));
    await this.#stack.project.setConfigObject("kms-pki:compromised", [...this.#compromised.keys()]);
  }

  /** Cuts a run off, if it comes so far. */
  async #cutOff({ operation, moment: wanted }: NonNullable<Step["cutOff"]>): Promise<void> {
    const { project } = this.#stack;
    const seen = new Set<string>();
    try {
      await project.cutOff(({ urn }, moment) => {
        seen.add(urn);
        return seen.size > operation && moment === wanted;
      });
      project.recover();
    } catch (error) {
      assert.match(String(error), /the run was not cut off/);
    }
  }

  /** Completes a run. Returns whether it was refused before, because it was so late that some clients lose their trust. */
  async #complete(): Promise<boolean> {
    const { project } = this.#stack;
    const run = (): Promise<Run> => project.pulumi(UP_WITHOUT_PREVIEW);
    const first = await run();
    if (first.code === 0) {
      return false;
    }
    const [, allowed = ""] = /ROTATION_LATE[^]*?allowGaps = (\[.*?\])/.exec(first.output) ?? [];
    assert.notEqual(allowed, "", first.output);
    await this.#stack.setRotation({ ...ARGS, allowGaps: JSON.parse(allowed) as string[] });
    const second = await run();
    assert.equal(second.code, 0, second.output);
    await this.#stack.setRotation(ARGS);
    return true;
  }

  async #check(hadGap: boolean): Promise<void> {
    const served = await this.#served();
    this.#checkTrust(served, hadGap);
    this.#checkLists(served);
    for (const [label, key] of this.#compromised) {
      assert.ok(!this.#signers.includes(key), `${label} signed`);
    }
  }

  /** That clients of the last run's roots verify what is served now, if only one of these roots is not compromised. */
  #checkTrust({ roots, intermediateBundle }: Served, hadGap: boolean): void {
    const isCompromised = (pem: string): boolean =>
      [...this.#compromised.values()].includes(digestOf(new X509Certificate(pem).publicKey));
    const now = roots.map(({ certificate }) => certificate);
    assert.ok(now.every((pem) => !isCompromised(pem) && leadsToServed(pem, intermediateBundle)));
    const known = this.#roots.filter((pem) => !isCompromised(pem));
    assert.ok(hadGap || known.length === 0 || known.some((pem) => leadsToServed(pem, intermediateBundle)));
    this.#roots = now;
  }

  /** That no list goes back, and that each withdrawn certificate is on the list of its issuer and stays there. */
  #checkLists({ roots, compromise, crls }: Served & { readonly crls: readonly ListOutput[] }): void {
    for (const { name, pem } of crls) {
      const before = this.#lists.get(name);
      if (before?.pem === pem) {
        continue;
      }
      const read = readList(pem);
      assert.ok(before === undefined || read.number > before.number, `${name}: the number decreases`);
      for (const serial of before?.serials ?? []) {
        const hasEnded = (this.#ends.get(serial) ?? Infinity) < this.#stack.now;
        assert.ok(hasEnded || read.serials.has(serial), `${name}: ${serial} is gone`);
      }
      this.#lists.set(name, { pem, ...read });
    }
    for (const { certificate: pem } of compromise?.certificates ?? []) {
      const certificate = new X509Certificate(pem);
      const serial = certificate.serialNumber.toLowerCase();
      this.#ends.set(serial, certificate.validToDate.getTime());
      const issuer = roots.find((root) => certificate.verify(new X509Certificate(root.certificate).publicKey));
      const list = issuer && this.#lists.get(generationLabel("root", issuer.generation));
      assert.ok(issuer === undefined || list?.serials.has(serial) === true, `${certificate.subject} is not revoked`);
    }
  }

  async #served(): Promise<Served & { readonly crls: readonly ListOutput[] }> {
    return (await this.#stack.project.outputs()) as unknown as Served & { readonly crls: readonly ListOutput[] };
  }
}

/** The number of a list and the serial numbers on it, as openssl reads them. */
function readList(pem: string): { number: bigint; serials: Set<string> } {
  const text = execFileSync("openssl", ["crl", "-noout", "-text"], { input: pem, encoding: "utf8" });
  const [, number = ""] = /CRL Number: \n\s*(\d+|0x[0-9A-F]+)/.exec(text) ?? [];
  const serials = [...text.matchAll(/Serial Number: (\w+)/g)].map(([, serial = ""]) => serial.toLowerCase());
  return { number: BigInt(number), serials: new Set(serials) };
}

function digestOf(publicKey: KeyObject): string {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
}
