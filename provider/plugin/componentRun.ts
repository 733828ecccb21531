/**
 * One run of a component for a program in another language. It is to the SDK what a program is, with its own engine and its own
 * configuration, and several may run at once. The SDK has no public names for some of what this takes.
 */
import * as config from "@pulumi/pulumi/runtime/config";
import * as rpc from "@pulumi/pulumi/runtime/rpc";
import * as settings from "@pulumi/pulumi/runtime/settings";
import * as state from "@pulumi/pulumi/runtime/state";
import type { Inputs, Resource } from "../pulumi";

export { DependencyProviderResource, DependencyResource } from "@pulumi/pulumi/resource";

interface HiddenState {
  withLocalStorage<T>(run: () => Promise<T>): Promise<T>;
}

interface HiddenSettings {
  awaitFeatureSupport(): Promise<void>;
  waitForRPCs(): Promise<void>;
}

/** What a component is told of the run. */
export interface RunSettings {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  readonly parallel: number;
  readonly engine: string;
  readonly monitor: string;
  readonly isPreview: boolean;
  /** With their namespaces. */
  readonly config: Readonly<Record<string, string>>;
  /** The names of those that are secret. */
  readonly secrets: readonly string[];
}

/** Outputs for the engine, with the resources that each depends on. */
export interface SerializedOutputs {
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly dependencies: ReadonlyMap<string, ReadonlySet<Resource>>;
}

/** Runs a component until it has declared everything, and serializes what it returns. */
export function componentRun(run: RunSettings, declare: () => Promise<Inputs>): Promise<SerializedOutputs> {
  return (state as unknown as HiddenState).withLocalStorage(async () => {
    const { project, stack, parallel, engine, monitor, isPreview, organization } = run;
    settings.resetOptions(project, stack, parallel, engine, monitor, isPreview, organization);
    await (settings as unknown as HiddenSettings).awaitFeatureSupport();
    config.setAllConfig({ ...run.config }, [...run.secrets]);
    const [outputs, dependencies] = await rpc.serializeResourceProperties("component", await declare());
    await (settings as unknown as HiddenSettings).waitForRPCs();
    return { outputs, dependencies };
  });
}
