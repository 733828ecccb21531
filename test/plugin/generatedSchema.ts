import { pluginType, typesInStates } from "../../provider/kms/resourceType";
import { kmsRegistry } from "../../provider/kms/registry/registry";
import { RESOURCE_TYPES } from "../../provider/plugin/resourceTypes";
import { PACKAGE } from "../../provider/plugin/schema";
import { CHALLENGE_PASSWORD, PASSPHRASE, PROVISIONER_PASSWORD, type Secret } from "../../provider/words/secrets";
import { SourceTypes, type WrittenProperty } from "./sourceTypes";
import { TypeSpecs } from "./typeSpec";

/**
 * What the generators of SDKs are told. An SDK has the version of its plugin and tells the engine so. The paths of Go lead nowhere: a
 * module takes the SDK from a folder.
 */
const LANGUAGES = {
  nodejs: { packageName: "pulumi-kms-pki-sdk", respectSchemaVersion: true },
  python: { pyproject: { enabled: true }, pythonRequires: ">=3.10", respectSchemaVersion: true },
  go: {
    modulePath: "pulumi-kms-pki/sdk/go",
    importBasePath: "pulumi-kms-pki/sdk/go/kmspki",
    rootPackageName: "kmspki",
    respectSchemaVersion: true,
  },
};

/** The text of the schema, as `npm run schema` writes it. */
export async function schemaText(): Promise<string> {
  return `${JSON.stringify(await generatedSchema(), undefined, 2)}\n`;
}

/** The schema that the types of the arguments and their doc comments give. */
async function generatedSchema(): Promise<object> {
  const source = new SourceTypes();
  const keySources = await keySourcesIn(source);
  const specs = new TypeSpecs(source, { PluginKeySource: keySources, PluginKeys: keySources });
  const resources: readonly (readonly [string, object])[] = Object.entries(RESOURCE_TYPES)
    .filter(([, { isInternal }]) => isInternal !== true)
    .map(([name, { follows = {} }]) => {
      const other = name === "Certificate" ? source.properties("PluginCertificateArgs") : [];
      const args = specs.object([...source.properties(source.argumentsOf(name).getText()), ...other]);
      const own = source.properties(name).filter(({ type }) => type.getText().startsWith("Output<"));
      const names = own.map((property) => property.name);
      const added = source
        .properties("PluginOutputs")
        .filter((property) => Object.hasOwn(follows, property.name) && !names.includes(property.name));
      const outputs = specs.object([...own, ...added]);
      const aliases = typesInStates(name)
        .filter((type) => type !== pluginType(name))
        .map((type) => ({ type }));
      return [
        pluginType(name),
        {
          description: source.doc(source.declaration(name)),
          inputProperties: args.properties,
          requiredInputs: args.required,
          ...outputs,
          aliases,
        },
      ];
    });
  const authority = authoritySpec(source, specs);
  return {
    name: PACKAGE,
    displayName: "KMS PKI",
    description: "Certificate authorities for step-ca whose private keys live in a key management service",
    keywords: ["pulumi", "kms-pki", "category/infrastructure", "kind/native"],
    license: "Apache-2.0",
    publisher: PACKAGE,
    meta: { supportPack: true },
    language: LANGUAGES,
    config: { variables: settings() },
    provider: {
      description: "Where the plugin finds the secrets of the keys. The environment comes first.",
      inputProperties: settings(),
    },
    types: Object.fromEntries(Object.entries(specs.objects).sort(([one], [other]) => (one < other ? -1 : 1))),
    resources: Object.fromEntries([...resources, [pluginType("CertificateAuthority"), authority]]),
  };
}

/** The source of keys in each key management service: its arguments, and the first sentence of its doc comment. */
function keySourcesIn(source: SourceTypes): Promise<readonly WrittenProperty[]> {
  return Promise.all(
    kmsRegistry.all.map(async ({ scheme, takeover }) => {
      const { name } = (await takeover()).source;
      const [doc] = source.doc(source.declaration(name)).split(/(?<=\.)\s/);
      return { name: scheme, doc: doc ?? "", isOptional: true, type: source.argumentsOf(name) };
    }),
  );
}

/** The authority, whose key sources and whose name a program in another language gives in another form. */
function authoritySpec(source: SourceTypes, specs: TypeSpecs): object {
  const properties = [
    ...source.properties("PluginAuthorityArgs"),
    ...source.properties("CertificateAuthorityArgs").filter(({ name }) => !["keys", "name"].includes(name)),
  ];
  const args = specs.object(properties);
  const known = properties.filter(({ type }) => !type.getText().startsWith("Input<")).map(({ name }) => name);
  const inputs = Object.entries(args.properties).map(
    ([name, spec]) => [name, known.includes(name) ? { ...spec, plain: true } : spec] as const,
  );
  const own = source.properties("CertificateAuthority").filter(({ type }) => type.getText().startsWith("Output<"));
  return {
    isComponent: true,
    description: source.doc(source.declaration("CertificateAuthority")),
    inputProperties: Object.fromEntries(inputs),
    requiredInputs: args.required,
    ...specs.object([...own, ...source.properties("PluginAuthorityOutputs")]),
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
