/** The settings of an export. Paths may be relative to the current folder. */
export interface ExportSettings {
  /** The folder for the files. */
  readonly directory: string;
  /** The folder of the Pulumi project, or one below it. */
  readonly project: string;
  /** The folder that ca.json names, if it is for another host. */
  readonly prefix?: string;
  /** An existing ca.json that is changed, instead of a new one. */
  readonly merge?: string;
  /** Whether certificates of another authority are replaced. */
  readonly force: boolean;
  /** Whether the files are for kustomize, with paths of a container. */
  readonly kustomize?: boolean;
  /** Where the URL of a database may be. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}
