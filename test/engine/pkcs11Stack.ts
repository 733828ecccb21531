import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { FaultyModule } from "../pkcs11/faultyModule";
import { asUser, PIN, pkcs11Tool, softHsm, type TestModule } from "../pkcs11/token";
import type { KmsStack } from "./kmsStack";
import { ended, PulumiProject, type Run } from "./project";
import type { StackProject } from "./stackProject";

/** A stack with its keys in the token `ca` of SoftHSM, whose calls are counted and can be made to fail. */
export class Pkcs11Stack<Project extends StackProject = PulumiProject> implements KmsStack<Project> {
  private constructor(
    readonly project: Project,
    readonly real: TestModule,
    readonly module: FaultyModule,
  ) {}

  /** The root stack. */
  static async rootStack(config: Readonly<Record<string, string>> = {}): Promise<Pkcs11Stack> {
    return Pkcs11Stack.overRootStack(await PulumiProject.rootStack({ "kms-pki:kms": "pkcs11", ...config }));
  }

  /** A root stack with the settings for the token. */
  static async overRootStack<Project extends StackProject>(project: Project): Promise<Pkcs11Stack<Project>> {
    const stack = Pkcs11Stack.over(project);
    await project.setConfig("kms-pki:modulePath", stack.module.modulePath);
    await project.setConfig("kms-pki:token", "ca");
    return stack;
  }

  /** Any project. */
  static over<Project extends StackProject>(project: Project): Pkcs11Stack<Project> {
    const real = softHsm("ca", "other");
    const stack = new Pkcs11Stack(project, real, new FaultyModule(real));
    stack.setPin(PIN);
    project.setEnvironment({ ...stack.module.environment, KMS_PKI_TOKEN_PIN_FILE: stack.pinFile });
    return stack;
  }

  /** The environment in which step-ca reaches the keys. */
  get stepCaEnvironment(): Readonly<Record<string, string>> {
    return this.module.environment;
  }

  get pinFile(): string {
    return join(this.project.scratch, "token-pin");
  }

  /** Writes the PIN file. */
  setPin(pin: string): void {
    writeFileSync(this.pinFile, `${pin}\n`, { mode: 0o600 });
  }

  /** Runs OpenSC's tool on the token. */
  tool(...args: readonly string[]): string {
    return asUser(this.real, "ca", ...args);
  }

  /** The labels of the private keys in the token, as OpenSC's tool prints them. */
  get labels(): string[] {
    const listed = this.tool("--list-objects", "--type", "privkey");
    return [...listed.matchAll(/^ +label: +(\S+)$/gm)].map(([, label = ""]) => label).sort();
  }

  /** The functions of the module that were called. */
  get calls(): readonly string[] {
    return this.module.calls;
  }

  clear(): void {
    this.module.clear();
  }

  killedAt(this: Pkcs11Stack, args: readonly string[], at: string): Promise<Run> {
    const [call, number, moment] = at.split(":");
    this.module.inject(`${String(call)} ${String(number)} ${moment === "after" ? "after:kill" : "kill"}`);
    const child = this.project.start(args);
    this.module.engine = child.pid;
    return ended(child);
  }

  liveKeys(): Promise<string[]> {
    const [, serial = ""] =
      /token label +: ca\n[^]*?serial num +: (\S+)/.exec(pkcs11Tool(this.real, "--list-token-slots")) ?? [];
    const listed = this.tool("--list-objects", "--type", "privkey");
    return Promise.resolve([...listed.matchAll(/^ +ID: +(\S+)$/gm)].map(([, id = ""]) => `${serial}/${id}`).sort());
  }

  pulumi(args: readonly string[]): Promise<Run> {
    return this.project.pulumi(args);
  }

  async stop(): Promise<void> {
    this.project.remove();
    return Promise.resolve();
  }
}
