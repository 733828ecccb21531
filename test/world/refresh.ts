import type { DeploymentRun } from "./deploymentRun";
import { revealedProperties, withSecrets } from "./propertyValue";
import type { Provider } from "./provider";
import type { RecordedResource } from "./recordedState";

/** Reads a resource again; undefined if it is gone. Without a provider, its record stays unchanged. */
export async function refreshResource(
  run: DeploymentRun,
  old: RecordedResource,
  provider: Provider | undefined,
): Promise<RecordedResource | undefined> {
  if (provider === undefined || old.external === true) {
    run.report.step("same", old.urn);
    return old;
  }
  const [inputs, outputs] = [revealedProperties(old.inputs), revealedProperties(old.outputs)];
  const found = await provider.read(old.urn, old.id ?? "", inputs, outputs);
  if (found === undefined) {
    run.report.step("delete", old.urn);
    run.ledger.remove(old);
    return undefined;
  }
  const refreshed = {
    ...old,
    id: found.id,
    inputs: withSecrets(found.inputs ?? inputs, old.inputs, []),
    outputs: withSecrets(found.outputs, old.inputs, old.secretOutputs),
  };
  const { changes } = await provider.diff(old.urn, found.id, {
    oldInputs: found.inputs ?? inputs,
    oldOutputs: found.outputs,
    inputs,
    ignoreChanges: [],
  });
  run.ledger.record(refreshed, old);
  run.report.step(changes ? "update" : "same", old.urn, old.outputs, refreshed.outputs);
  return refreshed;
}
