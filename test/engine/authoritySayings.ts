import { certificateText } from "../fixtures/openssl";
import { WorldProject } from "../world/worldProject";
import type { StackProject } from "./stackProject";

/** What a certificate says, apart from its key, serial number, dates and signature. */
export function saying(pem: string): string {
  return certificateText(pem).replaceAll(
    /^.*(?:Serial Number|Not Before|Not After|Public-Key|pub:|Key Identifier:).*\n(?:^ +[0-9A-Fa-f:]+\n)*|^ +(?:[0-9A-Fa-f]{2}:)+[0-9A-Fa-f:]*\n/gm,
    "",
  );
}

/** What stands for a value that differs from authority to authority. */
const OWN: readonly (readonly [RegExp, string])[] = [
  [/AAAA[A-Za-z0-9+/]{30,}=*/g, "SSH-KEY"],
  [/eyJ[\w-]+(?:\.[\w-]+)+/g, "JWE"],
  [/("(?:x|y|kid)":")[^"]+/g, "$1JWK"],
  [/-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g, "LIST"],
  [/("(?:der|number)":)(?:"[^"]+"|\d+)/g, "$1LIST"],
  [/SHA256:[A-Za-z0-9+/]{43}/g, "FINGERPRINT"],
  [/\b[0-9a-f]{64}\b/g, "DIGEST"],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "DATE"],
];

/**
 * All outputs of the authority that a program exports as `ca`, among them certificates, SSH lines and ca.json, apart from keys, serial
 * numbers, dates and signatures.
 */
export async function authoritySayings(project: StackProject): Promise<Record<string, string>> {
  const outputs = (await project.outputs())["ca"] as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(outputs)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => [name, said(value)]),
  );
}

function said(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value, sorted);
  return OWN.reduce(
    (rest, [own, place]) => rest.replaceAll(own, place),
    text.replaceAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g, saying),
  );
}

/** An object with its properties in order, because languages keep different ones. */
function sorted(_name: string, value: unknown): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;
}

/** What an authority in TypeScript says. It runs in this process. */
export async function typescriptSayings(program: string): Promise<Record<string, string>> {
  const project = await WorldProject.program(program);
  try {
    await project.up();
    return await authoritySayings(project);
  } finally {
    project.remove();
  }
}
