import { ruleOf } from "./rule";

/** Refuses key files without a passphrase. */
export const encryptedKeyFiles = ruleOf({
  name: "encrypted-key-files",
  description: "Keys in files are encrypted under a passphrase.",
  level: "mandatory",
  settings: {},
  inResource: ({ name, type, properties }) =>
    type === "SoftKey" && properties["encryption"] === "none"
      ? [`whoever reads the key file of ${name} can sign with it. Remove encryption "none".`]
      : [],
});
