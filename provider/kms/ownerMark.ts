/** The id of an authority. Lowercase hex, which every tag, label and file can hold. */
const AUTHORITY_ID = /^[0-9a-f]{32}$/;

/** The marks that tell whose a key is. */
export interface OwnerMarks {
  /** The mark of a key that is made now: the URN of its resource, and the id of its authority if it has one. */
  readonly owner: string;
  /**
   * The marks that earlier runs of the same resource may have left: with a former URN, or without an id as 0.1.0 made them.
   */
  readonly formerOwners?: readonly string[];
}

/** The mark of a resource's key. Without an authority it is the URN, which two checkouts of one project can share. */
export function ownerMark(urn: string, authorityId: string | undefined): string {
  return authorityId === undefined ? urn : `${urn}#${authorityId}`;
}

/** Whether a text is an id of an authority. */
export function isAuthorityId(text: unknown): text is string {
  return typeof text === "string" && AUTHORITY_ID.test(text);
}

/** The id of the authority that a mark names; undefined for a mark without one. */
export function authorityIn(mark: string): string | undefined {
  const id = mark.slice(mark.lastIndexOf("#") + 1);
  return isAuthorityId(id) ? id : undefined;
}

/** The resource that a mark names. */
export function resourceIn(mark: string): string {
  const id = authorityIn(mark);
  return id === undefined ? mark : mark.slice(0, -`#${id}`.length);
}

/** Whether a mark is the current or a former one of a resource. */
export function isOwnMark(mark: string, { owner, formerOwners = [] }: OwnerMarks): boolean {
  return mark === owner || formerOwners.includes(mark);
}

/** Whether a mark names an authority other than the one that wants a key. */
export function isOthersMark(mark: string, { owner }: OwnerMarks): boolean {
  const id = authorityIn(mark);
  return id !== undefined && id !== authorityIn(owner);
}
