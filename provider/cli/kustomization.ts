import { posix } from "node:path";
import type { NamedFile } from "../authority/exportedFiles";
import type { Placement } from "./caConfigPlacement";
import { yamlText } from "./yamlText";

/** The folders of the container in which step-ca finds the exported files, and its database unless it is shared. */
const CONTAINER_FOLDERS = { files: "/home/step/ca", database: "/home/step/db" } as const;

/** The names of what kustomize generates. It appends a digest of the content to each. */
const GENERATED = { certificates: "step-ca-certificates", config: "step-ca-config" } as const;

/** The name of the file that kustomize reads in a folder. */
export const KUSTOMIZATION_FILE = "kustomization.yaml";

/** The placement in a container that has every exported file in one folder. */
export const KUSTOMIZE_PLACEMENT: Placement = {
  beside: (path) => posix.resolve(CONTAINER_FOLDERS.files, path),
  projectFile: (path) => posix.join(CONTAINER_FOLDERS.files, posix.basename(path)),
  database: () => CONTAINER_FOLDERS.database,
};

/**
 * The kustomization.yaml of a folder of exported files: a ConfigMap of what everyone may read, and a Secret of ca.json
 * and the encrypted keys.
 *
 * @param certificates the names of the files that everyone may read
 * @param secrets the names of the others
 */
export function kustomization(certificates: readonly string[], secrets: readonly string[]): NamedFile {
  return {
    name: KUSTOMIZATION_FILE,
    content: yamlText({
      apiVersion: "kustomize.config.k8s.io/v1beta1",
      kind: "Kustomization",
      configMapGenerator: [{ name: GENERATED.certificates, files: certificates }],
      secretGenerator: [{ name: GENERATED.config, files: secrets }],
    }),
  };
}

/** Whether the text of a kustomization.yaml may be from an earlier export. */
export function isExportedKustomization(text: string): boolean {
  return Object.values(GENERATED).every((name) => text.includes(name));
}
