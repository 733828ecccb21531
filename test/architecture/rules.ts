/**
 * The folders that each folder may import. A `*` stands for a KMS, the same KMS on both sides. From a folder after `type:`, it may
 * only import types.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "errors.ts": [],
  "files.ts": [],
  "compileCache.ts": [],
  "pulumi.ts": [],
  ssh: [],
  words: ["errors.ts"],
  kms: ["errors.ts", "type:words"],
  "x509/lint": [],
  x509: ["errors.ts", "kms", "x509/lint"],
  piv: ["errors.ts", "kms", "x509"],
  inputs: ["errors.ts", "words", "kms", "x509", "x509/lint"],
  rotation: ["errors.ts", "words", "inputs"],
  stepca: ["kms/registry"],
  authority: ["errors.ts", "words", "kms", "x509", "rotation", "ssh", "stepca"],
  "kms/*": ["errors.ts", "files.ts", "words", "kms", "piv", "x509", "inputs"],
  "kms/registry": ["errors.ts", "kms", "kms/*"],
  lifecycle: ["errors.ts", "words", "kms", "x509", "type:x509/lint", "inputs", "stepca", "kms/registry"],
  "kms/*/lifecycle": ["errors.ts", "words", "kms", "piv", "x509", "inputs", "kms/*", "lifecycle"],
  resources: [
    "errors.ts",
    "pulumi.ts",
    "words",
    "kms",
    "x509",
    "type:x509/lint",
    "inputs",
    "type:rotation",
    "type:lifecycle",
    "type:lifecycle.ts",
  ],
  keySources: ["errors.ts", "pulumi.ts", "words", "kms", "inputs", "type:stepca", "authority", "resources"],
  "kms/*/program": [
    "errors.ts",
    "pulumi.ts",
    "words",
    "kms",
    "piv",
    "inputs",
    "type:stepca",
    "authority",
    "kms/*",
    "resources",
    "keySources",
  ],
  "authority/program": [
    "errors.ts",
    "pulumi.ts",
    "words",
    "kms",
    "kms/registry",
    "x509",
    "inputs",
    "rotation",
    "ssh",
    "stepca",
    "authority",
    "resources",
    "keySources",
  ],
  plugin: [
    "errors.ts",
    "compileCache.ts",
    "pulumi.ts",
    "words",
    "kms",
    "kms/*",
    "x509",
    "inputs",
    "type:stepca",
    "lifecycle",
    "kms/*/lifecycle",
    "resources",
    "keySources",
    "kms/registry",
    "kms/*/program",
    "authority/program",
  ],
  "cli/deploy": ["errors.ts", "words", "x509", "ssh", "stepca"],
  cli: [
    "errors.ts",
    "files.ts",
    "compileCache.ts",
    "words",
    "kms",
    "x509",
    "x509/lint",
    "inputs",
    "rotation",
    "stepca",
    "authority",
    "kms/registry",
    "ssh",
    "cli/deploy",
  ],
};

/** The entry points, which may import any folder. */
export const ENTRIES = ["index.ts", "lifecycle.ts", "root stack"];

/** The rules as DESIGN.md shows them, one line per folder. */
export function rulesText(): string {
  const width = Math.max(...Object.keys(MAY_IMPORT).map((room) => room.length));
  const lines = Object.entries(MAY_IMPORT).map(([room, others]) =>
    `${room.padEnd(width)}  ${others.join(" ")}`.trimEnd(),
  );
  return `\`\`\`\n${lines.join("\n")}\n\`\`\`\n`;
}
