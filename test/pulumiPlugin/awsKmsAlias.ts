import {
  type AliasListEntry,
  CreateAliasCommand,
  DeleteAliasCommand,
  type KMSClient,
  ListAliasesCommand,
  NotFoundException,
  UpdateAliasCommand,
} from "@aws-sdk/client-kms";
import type { AwsClients } from "./awsClient";
import { happened } from "./stop";
import type { Properties } from "./properties";
import type { ResourceKind } from "./resourceKind";

/** The inputs; the names are those of @pulumi/aws. */
interface AliasInputs {
  readonly name?: string;
  readonly namePrefix?: string;
  readonly region?: string;
  readonly targetKeyId?: string;
}

/** `aws:kms/alias:Alias`. */
export function awsKmsAlias(clients: AwsClients): ResourceKind {
  return {
    inputs: {
      name: { chosenByService: true, replaces: true },
      namePrefix: { replaces: true },
      region: { chosenByService: true, replaces: true },
      targetKeyId: { same: (old, wanted) => keyIdOf(old) === keyIdOf(wanted) },
    },
    outputs: ["arn", "targetKeyArn"],
    autoname: (name, random) => `alias/${name}-${random}`,
    implied: async () => ({ region: await clients.region() }),

    problems: ({ name }) =>
      typeof name === "string" && !/^alias\/[\w/-]+$/.test(name)
        ? { name: `"name" must begin with "alias/" and be comprised of only [a-zA-Z0-9/_-], got ${name}` }
        : {},

    async create(properties) {
      const { name, namePrefix = "", region, targetKeyId } = properties as AliasInputs;
      const client = clients.client(region);
      const id = name ?? `${namePrefix}${String(Date.now())}`;
      await client.send(new CreateAliasCommand({ AliasName: id, TargetKeyId: targetKeyId }));
      await happened("CreateAlias");
      return { id, state: await readState(client, await find(client, id), properties) };
    },

    async read(id, state) {
      // For an import, <name>@<region> names one in a region other than the provider's.
      const [, name = id, region = state["region"] as string | undefined] = /^([^@]+)@([a-z0-9-]+)$/.exec(id) ?? [];
      const client = clients.client(region);
      const alias = await find(client, name);
      return alias === undefined ? undefined : { id: name, state: await readState(client, alias, state) };
    },

    async update(id, old, wanted) {
      const { region } = old as AliasInputs;
      const client = clients.client(region);
      await client.send(new UpdateAliasCommand({ AliasName: id, TargetKeyId: (wanted as AliasInputs).targetKeyId }));
      return await readState(client, await find(client, id), { ...wanted, region });
    },

    async delete(id, state) {
      try {
        await clients.client((state as AliasInputs).region).send(new DeleteAliasCommand({ AliasName: id }));
      } catch (error) {
        if (!(error instanceof NotFoundException)) {
          throw error;
        }
      }
    },
  };
}

/** The service's answer over the recorded state: the key is the one that the alias really names. */
async function readState(
  client: KMSClient,
  alias: AliasListEntry | undefined,
  recorded: Properties,
): Promise<Properties> {
  if (alias === undefined) {
    throw new Error("there is no such alias");
  }
  const { AliasArn: arn = "", AliasName: name, TargetKeyId: targetKeyId = "" } = alias;
  return {
    ...recorded,
    arn,
    name,
    region: await client.config.region(),
    targetKeyArn: arn.replace(/:alias\/.*/, `:key/${targetKeyId}`),
    targetKeyId,
  };
}

async function find(client: KMSClient, name: string): Promise<AliasListEntry | undefined> {
  let marker: string | undefined;
  do {
    const page = await client.send(new ListAliasesCommand({ Marker: marker }));
    const found = page.Aliases?.find(({ AliasName }) => AliasName === name);
    if (found !== undefined) {
      return found;
    }
    marker = page.Truncated === true ? page.NextMarker : undefined;
  } while (marker !== undefined);
  return undefined;
}

/** A key may also be named by its ARN, but the id is recorded. */
function keyIdOf(key: unknown): string {
  return String(key).replace(/^arn:.*:key\//, "");
}
