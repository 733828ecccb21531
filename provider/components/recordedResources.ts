import {
  createUrn,
  type CustomResourceOptions,
  getOrganization,
  getProject,
  getStack,
  type Output,
  type Resource,
  runtime,
} from "@pulumi/pulumi";
import { settledParentUrn } from "../resources/parentUrn";

/** The outputs of the stack's resources as the last run left them, by URN. */
export type RecordedResources = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

interface StackResources {
  readonly outputs: Readonly<Record<string, { readonly outputs: Readonly<Record<string, unknown>> }>>;
}

/** The engine writes its state while the program runs, and not in one piece: what cannot be read is read again. */
const TRIES = 5;
const PAUSE_MILLISECONDS = 200;

let recorded: Promise<RecordedResources> | undefined;

/**
 * Asks the engine for the stack's own state, once a run. What this run itself has recorded by then is in it, too: so
 * nothing of an authority is registered before this has settled.
 *
 * @returns settles when the state is read or cannot be read, which {@link recordedResources} tells
 */
export async function readRecordedResources(): Promise<void> {
  await recordedResources().catch(() => undefined);
}

/** The stack's own state as it was when it was asked for. */
export function recordedResources(): Promise<RecordedResources> {
  return (recorded ??= read(TRIES));
}

async function read(tries: number): Promise<RecordedResources> {
  const stackName = `${getOrganization()}/${getProject()}/${getStack()}`;
  try {
    const { outputs } = (await runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
      stackName,
    })) as StackResources;
    return new Map(Object.entries(outputs).map(([urn, resource]) => [urn, resource.outputs]));
  } catch (error) {
    if (tries <= 1) {
      throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    return read(tries - 1);
  }
}

/** The URN of a resource, which its registration gives. */
export function settledUrn({ urn }: Resource): Promise<string> {
  return settled(urn);
}

/** The URN that a child of a resource has, whether it is declared or not. */
export function childUrn(parent: Resource | string, type: string, name: string): Promise<string> {
  return settled(createUrn(name, type, typeof parent === "string" ? parent : parent.urn));
}

/** The URN that a resource of these options will have. */
export function plannedUrn(type: string, name: string, options: CustomResourceOptions | undefined): Promise<string> {
  return settled(createUrn(name, type, settledParentUrn(options)));
}

/** As a mere value: as an output it would bring the resource along, and so wait for all of its children. */
function settled(value: Output<string>): Promise<string> {
  return new Promise((resolve) => {
    value.apply(resolve);
  });
}
