import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AwsStack } from "../awskms/awsStack";
import { CloudStack } from "../cloudkms/cloudStack";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { CARD, YubiKeyStack } from "./yubiKeyStack";
import { CHECKOUT, PulumiProject, type StateResource } from "./project";

/** How a stack was made. This is saved beside its state. */
export interface StackPlan {
  readonly kms: "softkms" | "awskms" | "cloudkms" | "yubikey";
  /** The stack's config. Settings that it omits have their defaults, such as `deletionProtection`. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The body of a user's program with the package; without it, the root stack. */
  readonly program?: string;
  /** RFC 3339: the instant of each run that made it. */
  readonly runs: readonly string[];
}

/** The programs that a test of such a stack needs. */
export const KMS_TOOLS: Readonly<Record<StackPlan["kms"], readonly string[]>> = {
  softkms: [],
  awskms: ["ministack"],
  cloudkms: [],
  yubikey: ["pcscd", "piv-card", "yubico-piv-tool", "opensc-tool"],
};

/** The signatures and new keys that our own code requests from a KMS. */
export const SIGNS_OR_MAKES = /^(?:Sign|AsymmetricSign|SIGN|CreateKey|CreateCryptoKey|GENERATE)/;

/** The lines of the engine's summary that a replacement or a deletion adds: `+-1 to replace`, `- 1 deleted`. */
export const REPLACES_OR_DELETES = /^ {4}[+~]*-[+~]* ?\d+ /m;

/** The place of a stack's keys, and how they are saved to a folder and restored. */
interface Kms {
  /** The calls of our own code, by name. */
  readonly calls: readonly string[];
  /** The keys that it holds. */
  keys(): Promise<readonly string[]>;
  /** Ends it, and saves its content. */
  save(): Promise<void>;
  stop(): Promise<void>;
}

/** The placeholder for the project folder in a recorded state. */
const FOLDER = "/srv/kms-pki";

/** The folder of the stacks that a release made, each in its own folder. */
export function recordedBy(release: string): string {
  return join(CHECKOUT, "test", "fixtures", `states-${release}`);
}

/** How the stack in a folder was made. */
export function planIn(folder: string): StackPlan {
  return JSON.parse(readFileSync(join(folder, "plan.json"), "utf8")) as StackPlan;
}

/** A stack whose state and keys are kept in the repository, to test it with a later release. */
export class RecordedStack {
  private constructor(
    readonly project: PulumiProject,
    readonly kms: Kms,
    readonly plan: StackPlan,
  ) {}

  /** Makes a stack with the code of this checkout, and saves it in a folder. */
  static async record(plan: StackPlan, folder: string, prepare: (directory: string) => void): Promise<void> {
    const kept = join(folder, "kms");
    mkdirSync(kept, { recursive: true });
    const stack = await RecordedStack.#start(plan, kept, prepare);
    try {
      for (const run of plan.runs) {
        stack.at(run);
        await stack.project.succeed(["up", "--yes"]);
      }
      const state = withoutPlaces(await stack.project.exportedState());
      writeFileSync(join(folder, "state.json"), `${state.replaceAll(stack.project.scratch, FOLDER)}\n`);
      writeFileSync(join(folder, "plan.json"), `${JSON.stringify(plan, null, 2)}\n`);
      await stack.kms.save();
    } finally {
      await stack.stop();
    }
  }

  /** Restores that stack: the code of this checkout, the recorded state, and a KMS with the same keys. */
  static async restore(folder: string): Promise<RecordedStack> {
    const plan = planIn(folder);
    const kept = temporaryDirectory();
    cpSync(join(folder, "kms"), kept, { recursive: true });
    const stack = await RecordedStack.#start(plan, kept, () => undefined);
    const file = join(stack.project.scratch, "recorded.json");
    const state = readFileSync(join(folder, "state.json"), "utf8");
    writeFileSync(file, state.replaceAll(FOLDER, stack.project.scratch));
    await stack.project.succeed(["stack", "import", "--file", file]);
    stack.at(plan.runs.at(-1) ?? "");
    return stack;
  }

  static async #start(plan: StackPlan, kept: string, prepare: (directory: string) => void): Promise<RecordedStack> {
    const { program, settings } = plan;
    const project = program === undefined ? await PulumiProject.rootStack() : await PulumiProject.program(program);
    if (Object.keys(settings).length > 0) {
      // JSON is YAML.
      appendFileSync(join(project.directory, "Pulumi.test.yaml"), `config: ${JSON.stringify(settings)}\n`);
    }
    prepare(project.directory);
    return new RecordedStack(project, await KMS[plan.kms](project, kept), plan);
  }

  /** Sets the clock. */
  at(instant: string): void {
    this.project.setEnvironment({ KMS_PKI_NOW: instant, KMS_PKI_TEST_CLOCK: "1" });
  }

  async stop(): Promise<void> {
    await this.kms.stop();
    this.project.remove();
  }
}

/** The state without the source lines of each resource, which contain paths of the original machine. */
function withoutPlaces(state: string): string {
  const places = ["sourcePosition", "stackTrace"];
  const parsed: unknown = JSON.parse(state, (name, value: unknown) => (places.includes(name) ? undefined : value));
  return JSON.stringify(parsed, null, 2);
}

/** The certificates in a state, by the names of their resources. */
export function certificatesOf(resources: readonly StateResource[]): Record<string, unknown> {
  return Object.fromEntries(
    resources
      .filter(({ type }) => type.endsWith(":Certificate"))
      .map(({ urn, outputs }) => [urn.slice(urn.lastIndexOf(":") + 1), outputs?.["certificatePem"]]),
  );
}

const KMS: Readonly<Record<StackPlan["kms"], (project: PulumiProject, kept: string) => Promise<Kms>>> = {
  softkms: (project, kept) => Promise.resolve(files(project, kept)),
  awskms: async (project, kept) => {
    const [own, file] = [temporaryDirectory(), "kms.json"]; // the emulator saves other services beside it
    if (existsSync(join(kept, file))) {
      cpSync(join(kept, file), join(own, file));
    }
    const stack = await AwsStack.over(project, { stateDirectory: own });
    return {
      get calls() {
        return stack.calls;
      },
      keys: () => stack.liveKeys(),
      save: async () => {
        await stack.ministack.save();
        cpSync(join(own, file), join(kept, file));
      },
      stop: () => stack.stop(),
    };
  },
  cloudkms: async (project, kept) => {
    const stack = await CloudStack.over(project);
    const file = join(kept, "cloudkms.json");
    if (existsSync(file)) {
      stack.server.state.restore(readFileSync(file, "utf8"));
    }
    return {
      get calls() {
        return stack.calls;
      },
      keys: () => stack.liveKeys(),
      save: () => {
        writeFileSync(file, `${stack.server.state.save()}\n`);
        return Promise.resolve();
      },
      stop: () => stack.stop(),
    };
  },
  yubikey: async (project, kept) => {
    const stack = await YubiKeyStack.over(project, { ...CARD, storage: kept });
    return {
      calls: stack.card.calls,
      keys: () => Promise.all(["9a", "9c"].map((slot) => stack.certificate(slot))),
      save: () => stack.card.stop(),
      stop: () => stack.stop(),
    };
  },
};

/** Key files, and other files that the program names. */
function files(project: PulumiProject, kept: string): Kms {
  const names = ["keys", "existing"];
  const copy = (from: string, to: string): void => {
    for (const name of names.filter((name) => existsSync(join(from, name)))) {
      cpSync(join(from, name), join(to, name), { recursive: true });
    }
  };
  copy(kept, project.directory);
  return {
    calls: [],
    keys: () => Promise.resolve(keyFiles(project.directory)),
    save: () => {
      copy(project.directory, kept);
      return Promise.resolve();
    },
    stop: () => Promise.resolve(),
  };
}

/** The keys in the files, without the lines above them. */
function keyFiles(directory: string): string[] {
  return readdirSync(join(directory, "keys"))
    .sort()
    .map((name) => {
      const text = readFileSync(join(directory, "keys", name), "utf8");
      return `${name} ${text.slice(text.indexOf("-----BEGIN"))}`;
    });
}
