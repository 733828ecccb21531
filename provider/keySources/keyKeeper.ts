/** The recorded outputs of a resource that makes keys in a cloud. */
export type RecordedKey = Readonly<Record<string, unknown>>;

/** The facts about keys that only their cloud knows. The asynchronous methods ask it. */
export interface KeyKeeper {
  /** The id with which the engine imports a key, from any of its names. */
  importId(name: string): string;
  /** The output that holds the same id, of the resource that made the key. */
  readonly idOutput: string;
  /** The commands that restore a key that is scheduled for deletion. */
  keepCommands(id: string): string;
  /** The command that gives up a key. */
  discardCommand(id: string): string;
  /** The mark by which a key that the state does not know is recognized. */
  readonly mark: string;
  /** What to do if another authority's key is in the way. */
  readonly elsewhere: string;
  /** Whether others may also have keys with the mark. */
  readonly isMarkShared: boolean;
  /** Whether the record matches the declaration. Otherwise the engine replaces the key. */
  fits(recorded: RecordedKey): boolean;
  /** Whether the recorded key bears the mark. */
  isMarked(recorded: RecordedKey): boolean;
  isAboutToBeDeleted(id: string): Promise<boolean>;
  /**
   * Checks a key before it is imported, because the engine would import anything.
   *
   * @param known the ids of the keys in the state
   * @returns `own` if this authority made it for the same purpose; otherwise it belongs to whoever made it
   * @throws PkiError if it cannot be the declared key
   */
  requireAdoptable(id: string, known: readonly string[]): Promise<"own" | "foreign">;
  /**
   * The keys that bear the mark.
   *
   * @param known the ids of the keys in the state
   */
  findMarked(known: readonly string[]): Promise<MarkedKeys>;
}

/** The ids of keys, by the owner in their marks. */
export interface MarkedKeys {
  /** Of this authority. */
  readonly own: readonly string[];
  /** Of this authority or another: their marks name none, like those of 0.1.0. */
  readonly doubtful: readonly string[];
  /** Of another authority, in the place of a new key of this one. */
  readonly others: readonly string[];
}
