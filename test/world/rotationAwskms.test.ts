import { missing } from "../tools";
import { awsWorld } from "./awsWorld";
import { rotatesKms } from "./rotatesKms";

rotatesKms({
  name: "AWS KMS",
  skip: missing("ministack", "openssl"),
  start: (config) => awsWorld({ "kms-pki:aliasPrefix": "pki", ...config }),
  beside: (stack) => stack.aliases(),
  deleted: async (stack) => (await stack.keys()).filter(({ KeyState }) => KeyState === "PendingDeletion").length,
  sign: "Sign",
  keyResource: /aws:kms\/key:Key::ca-root-g1-key$/,
});
