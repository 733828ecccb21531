import { CloudStack } from "../cloudkms/cloudStack";
import { pluginDirectory } from "../pulumiPlugin/install";
import { missing } from "../tools";
import { servesYamlAuthority } from "./authorityInYaml";

servesYamlAuthority({
  name: "Cloud KMS",
  skip: missing("pulumi", "pulumi-language-yaml"),
  start: (project) => CloudStack.over(project),
  keys: () => ({ cloudkms: { location: "europe-west6", keyRing: "example" } }),
  plugins: { gcp: pluginDirectory("gcp") },
  signature: /^AsymmetricSign$/,
});
