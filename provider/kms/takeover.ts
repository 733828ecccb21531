import type { KeyDescription, KeyManager } from "./keyManager";

/** How a running step-ca reaches its keys. */
export interface StepCaKms {
  /** The `kms` block of its ca.json, with the names of its fields in lowercase. Empty for keys that are in another KMS. */
  readonly block: Readonly<Record<string, string | undefined>>;
  /** The `password` of its ca.json. */
  readonly password: string | undefined;
}

/** The keys of an authority that are in one KMS, as it described them. */
export interface FoundKeys extends StepCaKms {
  /** By `root`, `intermediate`, `ssh-user-key`, `ssh-host-key`. */
  readonly keys: Readonly<Partial<Record<string, KeyDescription>>>;
  /** The `kms.uri` that reaches them. */
  readonly connection: string | undefined;
  /** The path of a file as a setting names it. */
  readonly place: (path: string) => string;
}

/** Settings of the root stack, by their names without `kms-pki:`. */
export type TakenSettings = Readonly<Record<string, unknown>>;

/** What a KMS knows of the keys that a running step-ca has in it, so that a stack can take them over as they are. */
export interface KeyTakeover<Manager extends KeyManager = KeyManager> {
  /** The class of the key source, and the module that exports it. */
  readonly source: { readonly name: string; readonly module: string };
  /** The name of a key as this package writes it. Default: as it is. @param resolve makes a path absolute */
  readonly keyUri?: (name: string, resolve: (path: string) => string) => string;
  /** The `kms.uri` that reaches the keys; undefined if they need none. */
  readonly connection: (kms: StepCaKms, keyUri: string) => string | undefined;
  /** The secrets that ca.json holds or whose files it names, by the setting that would give them. They are used and never shown. */
  readonly secrets: (kms: StepCaKms) => Readonly<Record<string, string | undefined>>;
  /** Names of keys that may be the root's, if nobody names it. */
  rootCandidates?(manager: Manager, intermediate: KeyDescription): Promise<string[]>;
  /** The settings that name the keys, and how to reach them. */
  settings(found: FoundKeys, manager: Manager): Promise<TakenSettings> | TakenSettings;
  /** The arguments of the key source for these settings. Default: the settings. */
  readonly argumentsOf?: (settings: TakenSettings) => Readonly<Record<string, unknown>>;
}

/** An object without what is undefined in it. */
export function given<Value>(values: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Something of each key. */
export function ofEach<Value>(keys: FoundKeys["keys"], what: (key: KeyDescription) => Value): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(keys).flatMap(([role, key]) => (key === undefined ? [] : [[role, what(key)]])),
  );
}
