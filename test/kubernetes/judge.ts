import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing, runTool } from "../tools";

/** An object of Kubernetes, as far as it names its schema. */
interface Manifest {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
}

/** For the `skip` option of a test. */
export function missingJudge(...others: string[]): string | false {
  return missing("kubeconform", "kubernetes-validate", ...others);
}

/**
 * Has kubeconform judge objects by the published schemas of Kubernetes, which allow no unknown field. A {@link Cluster} judges more.
 *
 * @throws with its findings
 */
export function judge(manifests: readonly Manifest[]): void {
  const [folder, directory] = [runTool("kubernetes-validate", []).trim(), temporaryDirectory()];
  const { $defs } = JSON.parse(readFileSync(join(folder, "_definitions.json"), "utf8")) as { $defs: object };
  for (const name of new Set(manifests.map(schemaName))) {
    const file = join(folder, name);
    if (existsSync(file)) {
      // As published, a schema refers to the others by an address that nothing serves.
      const text = readFileSync(file, "utf8").replaceAll('"/api/_definitions.json#', '"#');
      const { $id: _, ...schema } = JSON.parse(text) as { $id?: string };
      writeFileSync(join(directory, name), JSON.stringify({ ...schema, $defs }));
    }
  }
  const template = join(directory, "{{.ResourceKind}}{{.KindSuffix}}.json");
  runTool("kubeconform", ["-strict", "-schema-location", template, "-"], JSON.stringify({ ...LIST, items: manifests }));
}

const LIST = { apiVersion: "v1", kind: "List" };

/** The name of a schema's file: `deployment-apps-v1.json`, `configmap-v1.json`. */
function schemaName({ apiVersion, kind }: Manifest): string {
  const [version = "", group] = String(apiVersion).split("/").reverse();
  return `${[kind, ...(group === undefined ? [] : [group.split(".")[0]]), version].join("-").toLowerCase()}.json`;
}
