import { isAbsolute, join } from "node:path";
import { Config } from "../../../pulumi";
import { programSecrets } from "../../../keySources/programSecrets";

/** The project of the keys: the given one, or the one that `@pulumi/gcp` would choose. */
export function cloudProject(project: string | undefined): string | undefined {
  const { GOOGLE_PROJECT, GOOGLE_CLOUD_PROJECT, GCLOUD_PROJECT, CLOUDSDK_CORE_PROJECT } = process.env;
  return (
    project ??
    new Config("gcp").get("project") ??
    GOOGLE_PROJECT ??
    GOOGLE_CLOUD_PROJECT ??
    GCLOUD_PROJECT ??
    CLOUDSDK_CORE_PROJECT
  );
}

/** A credentials file by its path. The state also holds only the path, never the content. */
export function credentialsOf(file: string): string {
  return isAbsolute(file) ? file : join(programSecrets().rootDirectory, file);
}
