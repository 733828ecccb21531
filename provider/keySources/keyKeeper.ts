/** A resource that makes keys in a cloud, as the last run left it. */
export type RecordedKey = Readonly<Record<string, unknown>>;

/** What only the cloud that holds a key knows of it. The methods that promise something ask it. */
export interface KeyKeeper {
  /** The id by which the engine imports a key, from any of its names. */
  importId(name: string): string;
  /** The same id, among the outputs of the resource that made the key. */
  readonly idOutput: string;
  /** The commands that bring a key back which is about to be deleted. */
  keepCommands(id: string): string;
  /** The command that gives up a key. */
  discardCommand(id: string): string;
  /** By what a key is recognised that the state does not know. */
  readonly mark: string;
  /** What to do where the key of another authority is in the way. */
  readonly elsewhere: string;
  /** Whether others may have keys that bear the mark, too. */
  readonly isMarkShared: boolean;
  /** Whether what is recorded is as it is declared: another one is replaced by the engine. */
  fits(recorded: RecordedKey): boolean;
  /** Whether what is recorded bears the mark. */
  isMarked(recorded: RecordedKey): boolean;
  isAboutToBeDeleted(id: string): Promise<boolean>;
  /**
   * Looks at a key before it is imported: the engine would import anything.
   *
   * @param known the ids of the keys that the state tells of
   * @returns whether it is one that this authority made for the same purpose; else it belongs to whoever made it
   * @throws PkiError when it cannot be the key that is declared
   */
  requireAdoptable(id: string, known: readonly string[]): Promise<"own" | "foreign">;
  /**
   * The keys that bear the mark.
   *
   * @param known the ids of the keys that the state tells of
   */
  findMarked(known: readonly string[]): Promise<MarkedKeys>;
}

/** The ids of keys, by whose they are as far as their marks tell. */
export interface MarkedKeys {
  /** Of this authority. */
  readonly own: readonly string[];
  /** Of this authority or of another: their marks name none, as those of 0.1.0. */
  readonly doubtful: readonly string[];
  /** Of another authority, in the very place where a key of this one shall be made. */
  readonly others: readonly string[];
}
