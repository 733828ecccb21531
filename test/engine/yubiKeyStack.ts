import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runTool } from "../tools";
import type { CardSettings, VirtualCard } from "../yubikey/virtualCard";
import { VirtualReaders } from "../yubikey/virtualReaders";
import type { KmsStack } from "./kmsStack";
import { ended, PulumiProject, type Run } from "./project";
import type { StackProject } from "./stackProject";

/** The PIN of a new card. */
export const PIN = "123456";
/** The management key of a new card, in hex. */
export const MANAGEMENT_KEY = "010203040506070801020304050607080102030405060708";
/** The default card of a stack. */
export const CARD: CardSettings = { serial: 12_345_678, version: "5.2.4" };

/** A stack with its keys in a software card behind the real pcscd. */
export class YubiKeyStack<Project extends StackProject = PulumiProject> implements KmsStack<Project> {
  private constructor(
    readonly project: Project,
    readonly readers: VirtualReaders,
    readonly card: VirtualCard,
  ) {}

  /** The root stack. */
  static async rootStack(config: Readonly<Record<string, string>> = {}, settings = CARD): Promise<YubiKeyStack> {
    const defaults = { "kms-pki:kms": "yubikey" };
    return YubiKeyStack.over(await PulumiProject.rootStack({ ...defaults, ...config }), settings);
  }

  /** Any project. */
  static async over<Project extends StackProject>(project: Project, settings = CARD): Promise<YubiKeyStack<Project>> {
    const readers = await VirtualReaders.start();
    try {
      const card = await readers.insert(settings);
      const stack = new YubiKeyStack(project, readers, card);
      stack.setPin(PIN);
      project.setEnvironment({ ...readers.environment, KMS_PKI_PIN_FILE: stack.pinFile });
      card.clear();
      return stack;
    } catch (error) {
      await readers.stop();
      throw error;
    }
  }

  /** The environment in which step-ca reaches the keys. */
  get stepCaEnvironment(): Readonly<Record<string, string>> {
    return this.readers.environment;
  }

  get pinFile(): string {
    return join(this.project.scratch, "pin");
  }

  /** Writes the PIN file. */
  setPin(pin: string): void {
    writeFileSync(this.pinFile, `${pin}\n`, { mode: 0o600 });
  }

  /** Runs Yubico's own tool on a card. */
  pivTool(args: readonly string[], card = this.card, input?: string): Promise<string> {
    return this.readers.pivTool(card, args, input);
  }

  /** The certificate in a slot, as Yubico's tool reads it. Throws if there is none. */
  async certificate(slot: string, card = this.card): Promise<string> {
    return (await this.pivTool(["-a", "read-certificate", "-s", slot], card)).trim();
  }

  /** Puts a foreign key and its certificate into a slot. Returns the certificate. */
  async occupy(slot: string, card = this.card): Promise<string> {
    const file = (name: string): string => join(this.project.scratch, `somebody.${name}`);
    writeFileSync(file("pub"), await this.pivTool(["-a", "generate", "-s", slot, "-A", "ECCP256"], card));
    runTool("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file("key")]);
    runTool("openssl", ["req", "-new", "-key", file("key"), "-subj", "/CN=Somebody", "-out", file("csr")]);
    const arguments_ = ["-in", file("csr"), "-signkey", file("key"), "-force_pubkey", file("pub")];
    const certificate = runTool("openssl", ["x509", "-req", ...arguments_]);
    await this.pivTool(["-a", "import-certificate", "-s", slot], card, certificate);
    return certificate.trim();
  }

  /** The number of PIN tries left. */
  async triesLeft(card = this.card): Promise<number> {
    const [, tries = ""] = /PIN tries left:\s*(\d+)/.exec(await this.pivTool(["-a", "status"], card)) ?? [];
    return Number(tries);
  }

  /** The commands of one kind that the card received. */
  seen(command: string, card = this.card): number {
    return card.calls.filter((call) => call.startsWith(command)).length;
  }

  /** The commands that the card was given. */
  get calls(): readonly string[] {
    return this.card.calls;
  }

  clear(): void {
    this.card.clear();
  }

  /** The card continues when the engine is dead. */
  killedAt(this: YubiKeyStack, args: readonly string[], at: string): Promise<Run> {
    const [command = "", number, moment] = at.split(":");
    const child = this.project.start(args);
    const dead = once(child, "exit");
    this.card.inject(command, (forward) => forward(), Number(number) - 1);
    this.card.inject(command, async (forward) => {
      const response = moment === "after" ? await forward() : undefined;
      child.kill("SIGKILL");
      await dead;
      return response ?? forward();
    });
    return ended(child);
  }

  /** Of the slots that hold a certificate. */
  async liveKeys(): Promise<string[]> {
    const status = await this.pivTool(["-a", "status"]);
    const slots = [...status.matchAll(/^Slot (\w+):/gm)].map(([, slot = ""]) => slot);
    return slots.map((slot) => `yubikey:serial=${String(this.card.serial)}/${slot}`).sort();
  }

  pulumi(args: readonly string[]): Promise<Run> {
    return this.project.pulumi(args);
  }

  async stop(): Promise<void> {
    await this.readers.stop();
    this.project.remove();
  }
}
