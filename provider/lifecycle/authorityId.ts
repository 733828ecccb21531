import { randomBytes } from "node:crypto";
import type { Lifecycle } from "./provider";

/** The inputs of an authority's id. */
export interface AuthorityIdInputs {
  /**
   * Whether keys of the authority may bear the mark of 0.1.0, which names no authority. It only matters when the id is made.
   */
  readonly formerMarks: boolean;
}

/** The record of an authority's id. */
export interface AuthorityIdRecord extends AuthorityIdInputs {
  readonly authorityId: string;
}

/** 128 random bits are unique. */
const ID_BYTES = 16;

/** The lifecycle of an authority's id. It is made once and never changes, because keys bear it. */
export function authorityIdLifecycle(): Lifecycle<AuthorityIdInputs, AuthorityIdRecord> {
  return {
    check: (_olds, news) => ({ inputs: news, problems: [] }),

    diff: () => ({ changes: false }),

    create({ formerMarks }) {
      const authorityId = randomBytes(ID_BYTES).toString("hex");
      return Promise.resolve({ id: authorityId, state: { formerMarks, authorityId } });
    },

    read: (state) => Promise.resolve(state),

    readById: (id, { formerMarks }) => Promise.resolve({ formerMarks, authorityId: id }),

    update: (state) => Promise.resolve(state),

    delete: () => Promise.resolve(),
  };
}
