import { isDeepStrictEqual } from "node:util";
import { happened } from "./stop";
import { type GcpClient, GoogleApiError } from "./gcpClient";
import { cryptoKeyName } from "./gcpKmsCryptoKey";
import { defined, type Properties } from "./properties";
import type { ResourceKind } from "./resourceKind";

interface Condition {
  readonly title: string;
  readonly description?: string;
  readonly expression: string;
}

/** The inputs; the names are those of @pulumi/gcp. */
interface MemberInputs {
  readonly condition?: Condition;
  readonly cryptoKeyId: string;
  readonly member: string;
  readonly role: string;
}

interface Binding {
  readonly role: string;
  readonly members?: readonly string[];
  readonly condition?: Condition;
}

interface Policy {
  readonly bindings?: readonly Binding[];
  readonly etag?: string;
  readonly version?: number;
}

const POLICY_VERSION = 3;
const ATTEMPTS = 10;
/** The official provider checks that a change has taken effect before it reads the state. */
const READS_AFTER_CHANGE = 3;

/** `gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember`: gives a member a role on a key, and keeps the roles of others. */
export function gcpKmsCryptoKeyIamMember(client: GcpClient): ResourceKind {
  const policies = new Policies(client);

  async function readState(inputs: MemberInputs): Promise<Properties | undefined> {
    const policy = await policies.find(cryptoKeyName(inputs.cryptoKeyId, client.project));
    const binding = policy?.bindings?.find((candidate) => isFor(candidate, inputs));
    const member = binding?.members?.find((name) => isSameMember(name, inputs.member));
    return member === undefined
      ? undefined
      : defined({ ...inputs, condition: binding?.condition, etag: policy?.etag, member });
  }

  return {
    inputs: {
      condition: { replaces: true },
      cryptoKeyId: { replaces: true },
      member: { replaces: true, same: isSameMember },
      role: { replaces: true },
    },
    outputs: ["etag"],

    problems: ({ member }) =>
      typeof member === "string" && !/.+:.+|^all(?:Authenticated)?Users$/.test(member)
        ? { member: `invalid value "${member}" for member (IAM members must have one of the values outlined here)` }
        : {},

    async create(properties) {
      const inputs = properties as unknown as MemberInputs;
      const { condition, member, role } = inputs;
      const key = cryptoKeyName(inputs.cryptoKeyId, client.project);
      await policies.change(key, (bindings) => {
        const others = membersOf(bindings, inputs).filter((name) => !isSameMember(name, member));
        return [...without(bindings, inputs), bindingOf(inputs, [...others, normalized(member)])];
      });
      const { title, description = "", expression } = condition ?? {};
      const suffix = condition === undefined ? "" : `/${String(title)}/${description}/${String(expression)}`;
      const state = await readState(inputs);
      if (state === undefined) {
        throw new Error(`the policy of ${key} does not have what was added to it`);
      }
      return { id: `${key}/${role}/${normalized(member)}${suffix}`, state };
    },

    async read(id, state) {
      // For an import: <key> <role> <member>.
      const [cryptoKeyId = "", role = "", member = ""] = id.split(" ");
      const isImport = Object.keys(state).length === 0;
      const found = await readState(isImport ? { cryptoKeyId, role, member } : (state as unknown as MemberInputs));
      return found === undefined ? undefined : { id: id.replaceAll(" ", "/"), state: found };
    },

    update: () => Promise.reject(new Error("a member of a policy has nothing that changes")),

    async delete(_id, state) {
      const inputs = state as unknown as MemberInputs;
      const key = cryptoKeyName(inputs.cryptoKeyId, client.project);
      if ((await policies.find(key)) === undefined) {
        return;
      }
      await policies.change(key, (bindings) => {
        const members = membersOf(bindings, inputs).filter((name) => !isSameMember(name, inputs.member));
        return [...without(bindings, inputs), ...(members.length === 0 ? [] : [bindingOf(inputs, members)])];
      });
    },
  };
}

/** The policies of keys, with one change at a time for each. */
class Policies {
  readonly #client: GcpClient;
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(client: GcpClient) {
    this.#client = client;
  }

  /** @returns undefined if there is no such key */
  async find(key: string): Promise<Policy | undefined> {
    try {
      return await this.#get(key);
    } catch (error) {
      if (error instanceof GoogleApiError && error.code === 404) {
        return undefined;
      }
      throw error;
    }
  }

  /** Reads, changes and writes it, and tries again after a concurrent change. */
  async change(key: string, change: (bindings: readonly Binding[]) => readonly Binding[]): Promise<void> {
    const changed = (this.#last.get(key) ?? Promise.resolve()).then(() => this.#change(key, change));
    this.#last.set(
      key,
      changed.catch(() => undefined),
    );
    await changed;
  }

  async #change(key: string, change: (bindings: readonly Binding[]) => readonly Binding[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const policy = await this.#get(key);
      const wanted = { ...policy, bindings: change(policy.bindings ?? []), version: POLICY_VERSION };
      try {
        await this.#client.call("POST", `${key}:setIamPolicy`, {}, { policy: wanted });
        await happened("SetIamPolicy");
        for (let read = 0; read < READS_AFTER_CHANGE; read += 1) {
          await this.#get(key);
        }
        return;
      } catch (error) {
        const isConflict = error instanceof GoogleApiError && (error.code === 409 || error.code === 412);
        if (!isConflict || attempt === ATTEMPTS) {
          throw error;
        }
      }
    }
  }

  async #get(key: string): Promise<Policy> {
    const query = { "options.requestedPolicyVersion": String(POLICY_VERSION) };
    return await this.#client.call<Policy>("GET", `${key}:getIamPolicy`, query);
  }
}

function membersOf(bindings: readonly Binding[], inputs: MemberInputs): readonly string[] {
  return bindings.find((binding) => isFor(binding, inputs))?.members ?? [];
}

function bindingOf({ condition, role }: MemberInputs, members: readonly string[]): Binding {
  return { role, members, ...(condition === undefined ? {} : { condition }) };
}

function without(bindings: readonly Binding[], inputs: MemberInputs): readonly Binding[] {
  return bindings.filter((binding) => !isFor(binding, inputs));
}

function isFor(binding: Binding, { condition, role }: MemberInputs): boolean {
  return binding.role === role && isDeepStrictEqual(keyOf(binding.condition), keyOf(condition));
}

function keyOf(condition: Condition | undefined): readonly (string | undefined)[] {
  return [condition?.title, condition?.description ?? "", condition?.expression];
}

function isSameMember(one: unknown, other: unknown): boolean {
  return normalized(String(one)) === normalized(String(other));
}

/** The part after the kind of a member is case-insensitive, except for a `principal`. */
function normalized(member: string): string {
  const [kind = "", ...rest] = member.split(":");
  return rest.length === 0 || kind.startsWith("principal")
    ? member
    : [kind, ...rest.map((part) => part.toLowerCase())].join(":");
}
