import { randomBytes } from "node:crypto";
import type { Lifecycle } from "./provider";

/** What a program says of an authority's id. */
export interface AuthorityIdInputs {
  /** Whether keys of the authority may bear the mark of 0.1.0, which names no authority. It counts when the id is made. */
  readonly formerMarks: boolean;
}

/** What is recorded of an authority's id. */
export interface AuthorityIdRecord extends AuthorityIdInputs {
  readonly authorityId: string;
}

/** 128 random bits never meet again. */
const ID_BYTES = 16;

/** The id of an authority. It is made once, and nothing changes it: keys bear it. */
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
