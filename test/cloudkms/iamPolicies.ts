import { status } from "@grpc/grpc-js";
import { CloudKmsError, invalidArgument } from "./cloudKmsError";
import type { Policy, RequestMessage, ResponseMessage } from "./messages";

/** Policies as saved for another server. */
export interface SavedPolicies {
  readonly policies: readonly (readonly [string, Policy])[];
  readonly changes: number;
}

/** The policies of key rings and keys. They are stored but not enforced: tests inject refusals. */
export class IamPolicies {
  readonly #policies = new Map<string, Policy>();
  #changes = 0;

  get(resource: string): Policy {
    // A resource without a policy has the etag ACAB.
    return this.#policies.get(resource) ?? { etag: Buffer.from([0, 0x20, 0x01]) };
  }

  set(resource: string, { policy }: RequestMessage): Policy {
    if (policy === undefined) {
      throw invalidArgument("The policy is required.");
    }
    const { etag = Buffer.alloc(0) } = policy;
    if (etag.length > 0 && Buffer.compare(etag, this.get(resource).etag ?? Buffer.alloc(0)) !== 0) {
      throw new CloudKmsError(
        status.ABORTED,
        "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
      );
    }
    this.#changes += 1;
    const next = Buffer.alloc(8);
    next.writeUInt32BE(this.#changes, 4);
    const { bindings = [] } = policy;
    const kept = { version: policy.version ?? 1, etag: next, ...(bindings.length === 0 ? {} : { bindings }) };
    this.#policies.set(resource, kept);
    return kept;
  }

  /** The input of {@link IamPolicies.restore}. */
  save(): SavedPolicies {
    return { policies: [...this.#policies], changes: this.#changes };
  }

  restore({ policies, changes }: SavedPolicies): void {
    for (const [resource, policy] of policies) {
      this.#policies.set(resource, policy);
    }
    this.#changes = changes;
  }

  /** All requested permissions. */
  test({ permissions = [] }: RequestMessage): ResponseMessage {
    return { permissions };
  }
}
