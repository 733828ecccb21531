import { until } from "../fixtures/waiting";
import { ended, type PulumiProject, type Run } from "./project";
import { killedInPluginAt } from "./providerCalls";
import type { StackProject } from "./stackProject";

/** A KMS whose calls are recorded and can be made to fail. */
export interface FaultyKms<Answer> {
  readonly calls: readonly string[];
  clear(): void;
  inject(operation: string, fault: (forward: () => Promise<Answer>) => Promise<Answer>, times?: number): void;
}

/** A stack whose keys are in a KMS whose calls are seen. */
export interface KmsStack<Project extends StackProject = PulumiProject> {
  readonly project: Project;
  /** The calls that our own code made to the KMS. */
  readonly calls: readonly string[];
  /** Forgets the calls. */
  clear(): void;
  /**
   * Runs the real CLI and kills it (its own process, SIGKILL) at a call of ours.
   *
   * @param at `<operation>:<n>:<before|after>`: before the KMS gets the n-th call, or before we get its answer. In a cloud also
   * `plugin:<operation>:<n>`: see {@link killedInPluginAt}
   * @param keysRead where a plugin makes the keys: how many of them we read before; the engine has then recorded them, and no
   * creation is cut off
   */
  killedAt(this: KmsStack, args: readonly string[], at: string, keysRead: number): Promise<Run>;
  /** The environment in which step-ca reaches the keys. */
  readonly stepCaEnvironment: Readonly<Record<string, string>>;
  /** The ids, as in the state, of all keys in the KMS that are not scheduled for deletion. */
  liveKeys(): Promise<string[]>;
  stop(): Promise<void>;
}

const IN_PLUGIN = "plugin:";

/**
 * What {@link KmsStack.killedAt} does in a cloud.
 *
 * @param stack the type of its resource that is a key, and the error that our code gets in place of the answer
 */
export async function killAt<Answer>(
  { project, kms, cut, keyType }: { project: PulumiProject; kms: FaultyKms<Answer>; cut: Error; keyType: string },
  args: readonly string[],
  at: string,
  keysRead: number,
): Promise<Run> {
  if (at.startsWith(IN_PLUGIN)) {
    return killedInPluginAt(project, args, at.slice(IN_PLUGIN.length), { type: keyType, number: keysRead });
  }
  const [operation = "", number, moment] = at.split(":");
  const child = project.start(args);
  kms.clear();
  kms.inject(operation, (forward) => forward(), Number(number) - 1);
  kms.inject(operation, async (forward) => {
    if (moment === "after") {
      await forward();
    }
    const keys = (): number => kms.calls.filter((call) => call === "GetPublicKey").length;
    await until(`${String(keysRead)} keys are read`, () => keys() >= keysRead, { pause: 10 });
    child.kill("SIGKILL");
    throw cut;
  });
  return ended(child);
}
