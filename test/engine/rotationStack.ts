import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type AuthorityPart, generationLabel } from "../../provider/rotation/authorityPart";
import { authorityState, type AuthorityState } from "../../provider/rotation/authorityState";
import { authorityPlan, type SshPlan } from "../../provider/authority/plan";
import { readRotation, type Rotation, type RotationArgs } from "../../provider/rotation/rotation";
import { generationStates } from "../../provider/rotation/generationStates";
import { STRUCTURE } from "../authority/structure";
import { countingCalls, type ProviderCalls } from "./providerCalls";
import { PulumiProject, type Run, UP, UP_WITHOUT_PREVIEW } from "./project";
import type { StackProject } from "./stackProject";

/** A certificate or key among the outputs of a rotation. */
export interface GenerationOutput {
  readonly generation: number;
  readonly state: string;
  readonly key: string;
  readonly certificate: string;
  readonly publicKey: string;
}

/** A root stack that rotates its keys, with its own clock. */
export class RotationStack<Project extends StackProject = StackProject> {
  readonly rotation: Rotation;
  readonly #args: RotationArgs;
  #now = 0;

  private constructor(
    readonly project: Project,
    args: RotationArgs,
  ) {
    this.rotation = readRotation(args);
    this.#args = args;
  }

  /** By default, keys are in files and deletionProtection has its default. */
  static async create(
    args: RotationArgs,
    config: Readonly<Record<string, string>> = {},
  ): Promise<RotationStack<PulumiProject>> {
    return RotationStack.over(await PulumiProject.rootStack(config), args);
  }

  /** An existing project. */
  static async over<Project extends StackProject>(
    project: Project,
    args: RotationArgs,
  ): Promise<RotationStack<Project>> {
    const stack = new RotationStack(project, args);
    await stack.setRotation(args);
    return stack;
  }

  setRotation(args: RotationArgs): Promise<void> {
    return this.project.setConfigObject("kms-pki:rotation", args);
  }

  /** Sets the clock of everything that the project runs. */
  at(instant: number): void {
    this.#now = instant;
    this.project.setEnvironment({ KMS_PKI_NOW: new Date(instant).toISOString(), KMS_PKI_TEST_CLOCK: "1" });
  }

  get now(): number {
    return this.#now;
  }

  /** The expected state of the authority. */
  get expected(): AuthorityState {
    return authorityState(this.rotation, this.#now);
  }

  /** Runs `up`, and counts the provider's operations. */
  async up(): Promise<ProviderCalls> {
    return (await this.upAgain()).calls;
  }

  /** The same, with the output of `up`. */
  upAgain(): Promise<{ run: Run; calls: ProviderCalls }> {
    return countingCalls(this.project, UP_WITHOUT_PREVIEW);
  }

  /** Runs an `up` that may fail. */
  tryUp(): Promise<Run> {
    return this.project.pulumi(UP);
  }

  /** Checks that the outputs and the resources follow the schedules. */
  async checkState(): Promise<Record<string, unknown>> {
    const { generations: all, certificates, withdrawn } = this.expected;
    const outputs = await this.project.outputs();
    const generations = outputs["sshUserKeys"] === undefined ? { ...all, "ssh-user": [], "ssh-host": [] } : all;
    const { resources } = await this.project.state();
    const isOurs = /kms-pki:(?:SoftKey|ExistingKey|PivKey|Pkcs11Key|Certificate)$/;
    const names = resources
      .filter(({ type }) => isOurs.test(type))
      .map(({ urn }) => urn.slice(urn.lastIndexOf(":") + 1));
    const keys = (["root", "intermediate", "ssh-user", "ssh-host"] as const).flatMap((part) =>
      generations[part].map(({ number }) => keyName(part, number)),
    );
    const issued = [...certificates, ...withdrawn].map(({ name }) => `ca-${name}`);
    assert.deepEqual(names.sort(), [...keys, ...issued].sort());
    const states = Object.fromEntries(
      (
        [
          ["root", "roots"],
          ["ssh-user", "sshUserKeys"],
          ["ssh-host", "sshHostKeys"],
        ] as const
      ).flatMap(([part, output]) =>
        ((outputs[output] ?? []) as GenerationOutput[]).map(({ generation, state }) => [
          generationLabel(part, generation),
          state,
        ]),
      ),
    );
    const { intermediate: _, ...others } = generations;
    assert.deepEqual(states, generationStates({ ...others, intermediate: [] }));
    const plan = authorityPlan("ca", { ...STRUCTURE, rotation: this.#args }, this.#now);
    assert.equal((outputs["intermediates"] as GenerationOutput[])[0]?.generation, plan.intermediate.subject);
    if (outputs["sshUserKeys"] !== undefined && plan.ssh !== undefined) {
      checkSshOfCaConfig(outputs, plan.ssh);
    }
    return outputs;
  }

  /** The key files of this project. */
  get keyFiles(): string[] {
    return readdirSync(join(this.project.directory, "keys")).sort();
  }
}

/** Checks that the ca.json in the outputs has the SSH keys that the schedules require. */
function checkSshOfCaConfig(outputs: Record<string, unknown>, { user, host, entries }: SshPlan): void {
  const lists = { user: outputs["sshUserKeys"], host: outputs["sshHostKeys"] } as Record<string, GenerationOutput[]>;
  const found = (type: "user" | "host", wanted: number): GenerationOutput | undefined =>
    lists[type]?.find(({ generation }) => generation === wanted);
  const { ssh } = outputs["caConfig"] as {
    ssh: { userKey: string; hostKey: string; keys?: { type: string; federated: boolean; key: { kid: string } }[] };
  };
  assert.deepEqual(
    {
      ...{ userKey: ssh.userKey, hostKey: ssh.hostKey },
      keys: (ssh.keys ?? []).map(({ type, federated, key }) => ({ type, federated, kid: key.kid })),
    },
    {
      ...{ userKey: found("user", user[0].number)?.key, hostKey: found("host", host[0].number)?.key },
      keys: entries.map(({ type, key, federated }) => {
        const line = found(type, key.number)?.publicKey ?? "";
        const digest = createHash("sha256").update(Buffer.from(line.split(" ")[1] ?? "", "base64"));
        return { type, federated, kid: `kms-pki:SHA256:${digest.digest("base64").replace(/=+$/, "")}` };
      }),
    },
  );
}

function keyName(part: AuthorityPart, generation: number): string {
  return `ca-${generationLabel(part, generation)}-key`;
}
