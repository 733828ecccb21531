import { all, type ComponentResource, output, type Output } from "../pulumi";
import { ownerMark } from "../kms/ownerMark";
import { AuthorityId } from "../resources/authorityId";
import { resourceType } from "../kms/resourceType";
import { findRecorded, recordedResources } from "./recordedResources";
import { childUrns, knownResource } from "./resourceUrns";

/** The marks by which to recognize keys that earlier runs of an authority made. */
export interface RecordedOwner {
  /** Undefined if none is recorded; then no key bears one. */
  readonly authorityId: string | undefined;
  /** Whether keys may bear the mark of 0.1.0, which names no authority. */
  readonly formerMarks: boolean;
}

/** The owner of an authority's keys. */
export interface KeyOwner {
  /** Record it with everything that it marks. */
  readonly authorityId: Output<string>;
  /** The last run's record. */
  readonly recorded: Promise<RecordedOwner>;
  /** The URNs of a child of the authority: the current one first, then those from its aliases. */
  urnsOf(type: string, name: string): Promise<string[]>;
  /** The marks that earlier runs of a key's resource may have left in a file or a slot; undefined if there are none. */
  formerMarks(type: string, name: string): Output<string[] | undefined>;
}

/**
 * Makes the id of an authority. The id is a separate resource whose output every key takes as an input. So no key is
 * made before the id is recorded, and an interrupted run leaves no unidentified key.
 */
export class AuthorityOwner implements KeyOwner {
  readonly authorityId: Output<string>;
  readonly recorded: Promise<RecordedOwner>;
  readonly #authority: ComponentResource;

  /**
   * @param name of the authority
   * @param protect whether the engine refuses to delete the id
   */
  constructor(name: string, authority: ComponentResource, protect: boolean) {
    this.#authority = authority;
    this.recorded = recordedOwner(authority, `${name}-id`);
    const formerMarks = this.recorded.then((recorded) => recorded.formerMarks);
    this.authorityId = new AuthorityId(`${name}-id`, { formerMarks }, { parent: authority, protect }).authorityId;
  }

  async urnsOf(type: string, name: string): Promise<string[]> {
    return childUrns(await knownResource(this.#authority), type, name);
  }

  formerMarks(type: string, name: string): Output<string[] | undefined> {
    return all([this.authorityId, output(this.urnsOf(resourceType(type), name)), output(this.recorded)]).apply(
      ([id, [urn, ...former], { formerMarks }]) => {
        const marks = former.map((each) => ownerMark(each, id));
        const all = formerMarks && urn !== undefined ? [...marks, urn, ...former] : marks;
        return all.length === 0 ? undefined : all;
      },
    );
  }
}

async function recordedOwner(authority: ComponentResource, name: string): Promise<RecordedOwner> {
  const recorded = await recordedResources();
  const known = await knownResource(authority);
  const own = findRecorded(recorded, childUrns(known, resourceType("AuthorityId"), name));
  return own === undefined
    ? { authorityId: undefined, formerMarks: findRecorded(recorded, known.urns) !== undefined }
    : { authorityId: String(own["authorityId"]), formerMarks: own["formerMarks"] === true };
}
