import { getMonitor, getOrganization, getProject, getStack, invoke } from "../pulumi";
import { withPresentTypes } from "../kms/resourceType";

/** The outputs of a resource as the last run recorded them. */
export type RecordedOutputs = Readonly<Record<string, unknown>>;

/**
 * The recorded outputs of the stack's resources, by URN with today's types. Look for a resource by all URNs that it may have.
 */
export type RecordedResources = ReadonlyMap<string, RecordedOutputs>;

interface StackResources {
  /** Absent when a program is tested without an engine. */
  readonly outputs?: Readonly<Record<string, { readonly outputs: RecordedOutputs }>>;
}

/** The engine writes its state while the program runs, and not atomically, so an unreadable state is read again. */
const TRIES = 5;
const PAUSE_MILLISECONDS = 200;

/** By the engine's monitor, which is different in each run. */
const recorded = new WeakMap<object, Promise<RecordedResources>>();

/**
 * Asks the engine for the stack's own state, once a run. The state includes everything that this run has recorded by
 * then, so nothing of an authority is registered before this settles.
 *
 * @returns settles when the state has been read or found unreadable, which {@link recordedResources} reports
 */
export async function readRecordedResources(): Promise<void> {
  await recordedResources().catch(() => undefined);
}

/** The stack's own state as it was when it was asked for. */
export function recordedResources(): Promise<RecordedResources> {
  const monitor: object = getMonitor() ?? recorded;
  const asked = recorded.get(monitor) ?? read(TRIES);
  recorded.set(monitor, asked);
  return asked;
}

async function read(tries: number): Promise<RecordedResources> {
  const stackName = `${getOrganization()}/${getProject()}/${getStack()}`;
  try {
    const { outputs = {} } = (await invoke("pulumi:pulumi:readStackResourceOutputs", {
      stackName,
    })) as StackResources;
    return new Map(Object.entries(outputs).map(([urn, resource]) => [withPresentTypes(urn), resource.outputs]));
  } catch (error) {
    if (tries <= 1) {
      throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    return read(tries - 1);
  }
}

/** The recorded outputs of a resource. The first of its URNs that is recorded counts. */
export function findRecorded(recorded: RecordedResources, urns: readonly string[]): RecordedOutputs | undefined {
  const urn = urns.find((candidate) => recorded.has(candidate));
  return urn === undefined ? undefined : recorded.get(urn);
}
