import type { CustomResourceOptions, Input } from "../../../pulumi";
import { derived, settledValues } from "../../../resources/knownInputs";
import type { AwsConnection } from "../awsKeyUri";
import { aliasOptions } from "./awsKmsAlias";
import type { AwsKmsKeysArgs } from "./awsKmsKeysArgs";
import { awsKmsAliases } from "./awsKmsKeeper";
import { aliasName } from "./declaredAwsKeys";
import type { KeyDeclaration } from "../../../keySources/keySource";
import { findRecorded, recordedResources } from "../../../keySources/recordedResources";
import { childUrns, knownResource } from "../../../keySources/resourceUrns";

/** The type of the resource that makes a key. */
export const KEY_TYPE = "aws:kms/key:Key";

/** The aliases of a source's keys. The region's aliases are asked for once. */
export class AwsAliasNames {
  readonly #connection: Promise<AwsConnection>;
  readonly #prefix: AwsKmsKeysArgs["aliasPrefix"];
  #aliasesThere: Promise<ReadonlyMap<string, string>> | undefined;

  /** @param prefix without one, keys have no alias */
  constructor(connection: Promise<AwsConnection>, prefix: AwsKmsKeysArgs["aliasPrefix"]) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  /**
   * The alias of a key, checked before the key is made. In a rotation, only the active key has it.
   *
   * @param imported the id of a key that is about to be imported
   */
  async of(
    { role, sharedName, parent, generation, name: keyResource }: KeyDeclaration,
    imported: string | undefined,
  ): Promise<(CustomResourceOptions & { readonly name: Input<string> }) | undefined> {
    const { prefix } = await settledValues({ prefix: this.#prefix });
    if (prefix === undefined || (generation?.state ?? "active") !== "active") {
      return undefined;
    }
    const recorded = await recordedResources();
    const authority = await knownResource(parent);
    const names = [keyResource, sharedName].flatMap((each) => [each, `${each}-adopted`]);
    const ids = [
      imported,
      ...names.map((each) => findRecorded(recorded, childUrns(authority, KEY_TYPE, each))?.["keyId"]),
    ];
    const declared = {
      ...{ parent, resource: sharedName, name: aliasName(prefix, role) },
      keyIds: ids.filter((id) => typeof id === "string"),
    };
    const name = derived(this.#prefix, (known) => aliasName(String(known), role));
    return { name, ...(await aliasOptions(declared, () => this.#aliasesOfRegion())) };
  }

  #aliasesOfRegion(): Promise<ReadonlyMap<string, string>> {
    return (this.#aliasesThere ??= this.#connection.then(awsKmsAliases));
  }
}
