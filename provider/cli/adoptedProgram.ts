import { isJsonObject } from "../stepca/jsonObject";
import { given, type TakenSettings } from "../kms/takeover";
import { type AdoptedAuthority, ASKS_BEFORE } from "./adoptedAuthority";
import type { KmsInUse } from "./runningCaKeys";

/** A text that stands in a program as it is. */
class Code {
  constructor(readonly text: string) {}
}

/** A program in TypeScript that takes over a step-ca that runs. */
export function adoptedProgram(authority: AdoptedAuthority): string {
  const { used, usedByRoot, root, intermediate, subjects, algorithm, ssh, dnsNames, address } = authority;
  const sources = [used, ...(usedByRoot === undefined ? [] : [usedByRoot])].map(({ kms }) => kms.takeover.source);
  const imports = sources.filter(({ module }) => module !== PACKAGE);
  const rootKeys = usedByRoot && sourceOf(usedByRoot);
  const args = given<unknown>({
    keys: rootKeys === undefined ? new Code("keys") : { root: new Code("rootKeys"), intermediate: new Code("keys") },
    algorithm,
    root:
      root === undefined
        ? undefined
        : root.isOwn
          ? given<unknown>({ adopt: { certificatePem: new Code("rootPem") }, subject: subjects.root })
          : { certificatePem: new Code("rootPem"), key: new Code("rootKey") },
    intermediate: given<unknown>({
      ...(root === undefined ? { issuer: "external", renewBefore: ASKS_BEFORE } : {}),
      adopt: { certificatePem: new Code("intermediatePem") },
      subject: subjects.intermediate,
    }),
    ssh,
    dnsNames: dnsNames.length === 0 ? undefined : dnsNames,
    address,
  });
  return [
    `import * as pki from "${PACKAGE}";`,
    ...imports.map(({ name, module }) => `import { ${name} } from "${module}";`),
    "",
    ...(root === undefined ? [] : [`const rootPem = ${pemLiteral(root.pem)};`]),
    `const intermediatePem = ${pemLiteral(intermediate.pem)};`,
    "",
    ...(root === undefined || root.isOwn ? [] : [`const rootKey = ${rootKeyOf(root)};`]),
    ...(rootKeys === undefined ? [] : [`const rootKeys = ${rootKeys};`]),
    `const keys = ${sourceOf(used)};`,
    "",
    `export const ca = new pki.CertificateAuthority("ca", ${literal(args)});`,
  ].join("\n");
}

const PACKAGE = "pulumi-kms-pki";

function sourceOf({ kms, settings }: { readonly kms: KmsInUse; readonly settings: TakenSettings }): string {
  const { source, argumentsOf = (all: TakenSettings) => all } = kms.takeover;
  const name = source.module === PACKAGE ? `pki.${source.name}` : source.name;
  return `new ${name}(${literal(argumentsOf(settings))})`;
}

function rootKeyOf({ key, connection }: NonNullable<AdoptedAuthority["root"]>): string {
  const args = given({ uri: key.uri, kms: connection, certificatePem: new Code("rootPem") });
  return `new pki.ExistingKey("root-key", ${literal(args)})`;
}

function pemLiteral(pem: string): string {
  return `\`${pem}\``;
}

/** A value as TypeScript. */
function literal(value: unknown, indentation = ""): string {
  if (value instanceof Code) {
    return value.text;
  }
  const inner = `${indentation}  `;
  if (Array.isArray(value)) {
    return `[${value.map((each) => literal(each, inner)).join(", ")}]`;
  }
  if (!isJsonObject(value)) {
    return JSON.stringify(value);
  }
  const fields = Object.entries(value).map(([name, field]) => {
    const shown = /^[a-z]\w*$/i.test(name) ? name : JSON.stringify(name);
    return field instanceof Code && field.text === shown
      ? `${inner}${shown},\n`
      : `${inner}${shown}: ${literal(field, inner)},\n`;
  });
  return fields.length === 0 ? "{}" : `{\n${fields.join("")}${indentation}}`;
}
