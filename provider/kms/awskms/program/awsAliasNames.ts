import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { AwsConnection } from "../awsKeyUri";
import { aliasOptions } from "./awsKmsAlias";
import { awsKmsAliases } from "./awsKmsKeeper";
import { aliasName } from "./declaredAwsKeys";
import type { KeyDeclaration } from "../../../keySources/keySource";
import { findRecorded, recordedResources } from "../../../keySources/recordedResources";
import { childUrns, knownResource } from "../../../keySources/resourceUrns";

/** The type of the resource that makes a key. */
export const KEY_TYPE = "aws:kms/key:Key";

/** The aliases that the keys of one source have. The aliases of the region are asked for once. */
export class AwsAliasNames {
  readonly #connection: AwsConnection;
  readonly #prefix: string | undefined;
  #aliasesThere: Promise<ReadonlyMap<string, string>> | undefined;

  /** @param prefix without one, keys have no alias */
  constructor(connection: AwsConnection, prefix: string | undefined) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  /**
   * The alias that a key gets, looked for before the key is made. Of keys that take turns only the active one has it.
   *
   * @param imported the id of a key that is about to be imported
   */
  async of(
    { role, sharedName, parent, generation, name }: KeyDeclaration,
    imported: string | undefined,
  ): Promise<(CustomResourceOptions & { readonly name: string }) | undefined> {
    if (this.#prefix === undefined || (generation?.state ?? "active") !== "active") {
      return undefined;
    }
    const recorded = await recordedResources();
    const authority = await knownResource(parent);
    const names = [name, sharedName].flatMap((each) => [each, `${each}-adopted`]);
    const ids = [
      imported,
      ...names.map((each) => findRecorded(recorded, childUrns(authority, KEY_TYPE, each))?.["keyId"]),
    ];
    const alias = aliasName(this.#prefix, role);
    const declared = {
      ...{ parent, resource: sharedName, name: alias },
      keyIds: ids.filter((id) => typeof id === "string"),
    };
    return { name: alias, ...(await aliasOptions(declared, () => this.#aliasesOfRegion())) };
  }

  #aliasesOfRegion(): Promise<ReadonlyMap<string, string>> {
    return (this.#aliasesThere ??= awsKmsAliases(this.#connection));
  }
}
