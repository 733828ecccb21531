import { formerResourceType, resourceType } from "../../provider/kms/resourceType";
import { kmsRegistry } from "../../provider/kms/registry/registry";
import { RESOURCE_TYPES } from "../../provider/plugin/resourceTypes";
import { PACKAGE, pluginType } from "../../provider/plugin/schema";
import { CHALLENGE_PASSWORD, PASSPHRASE, PROVISIONER_PASSWORD, type Secret } from "../../provider/words/secrets";
import { SourceTypes } from "./sourceTypes";
import { TypeSpecs } from "./typeSpec";

/** The schema that the types of the arguments and their doc comments give. */
export function generatedSchema(): object {
  const source = new SourceTypes();
  const specs = new TypeSpecs(source);
  const resources: readonly (readonly [string, object])[] = Object.entries(RESOURCE_TYPES)
    .filter(([, { isInternal }]) => isInternal !== true)
    .map(([name, { follows = {} }]) => {
      const args = specs.object(source.properties(source.argumentsOf(name)));
      const own = source.properties(name).filter(({ type }) => type.getText().startsWith("Output<"));
      const names = own.map((property) => property.name);
      const added = source
        .properties("PluginOutputs")
        .filter((property) => Object.hasOwn(follows, property.name) && !names.includes(property.name));
      const outputs = specs.object([...own, ...added]);
      const aliases = [resourceType(name), formerResourceType(name)].flatMap((type) =>
        type === undefined ? [] : [{ type }],
      );
      return [
        pluginType(name),
        {
          description: source.doc(name),
          inputProperties: args.properties,
          requiredInputs: args.required,
          ...outputs,
          aliases,
        },
      ];
    });
  return {
    name: PACKAGE,
    displayName: "KMS PKI",
    description: "Certificate authorities for step-ca whose private keys live in a key management service",
    keywords: ["pulumi", "kms-pki", "category/infrastructure", "kind/native"],
    license: "Apache-2.0",
    publisher: PACKAGE,
    config: { variables: settings() },
    provider: {
      description: "Where the plugin finds the secrets of the keys. The environment comes first.",
      inputProperties: settings(),
    },
    types: Object.fromEntries(Object.entries(specs.objects).sort(([one], [other]) => (one < other ? -1 : 1))),
    resources: Object.fromEntries(resources),
  };
}

/** The places of secrets in the configuration. */
function settings(): Readonly<Record<string, object>> {
  const secrets: readonly Secret[] = [
    PASSPHRASE,
    PROVISIONER_PASSWORD,
    CHALLENGE_PASSWORD,
    ...kmsRegistry.all.flatMap(({ deviceSecrets }) => deviceSecrets ?? []),
  ];
  return Object.fromEntries(
    secrets.flatMap(({ config, env, what }) => [
      [
        config,
        { type: "string", secret: true, description: `${capital(what)}. \`${env}\` in the environment comes first.` },
      ],
      [`${config}File`, { type: "string", description: `The file with ${what}, relative to Pulumi.yaml.` }],
    ]),
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
