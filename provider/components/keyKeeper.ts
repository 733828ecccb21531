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
   * @returns whether it is one that this authority made for the same purpose; else it belongs to whoever made it
   * @throws PkiError when it cannot be the key that is declared
   */
  requireAdoptable(id: string): Promise<"own" | "foreign">;
  /** The ids of the keys that bear the mark. */
  findMarked(): Promise<string[]>;
}
