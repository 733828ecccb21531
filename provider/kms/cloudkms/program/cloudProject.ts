import { isAbsolute, join } from "node:path";
import { Config } from "@pulumi/pulumi";
import { programSecrets } from "../../../keySources/programSecrets";

/** The project of the keys: what was said, or what `@pulumi/gcp` would take itself. */
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

/** A credentials file by its path, which is what the state holds of it, too: never its content. */
export function credentialsOf(file: string): string {
  return isAbsolute(file) ? file : join(programSecrets().rootDirectory, file);
}
