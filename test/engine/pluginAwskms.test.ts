import { AwsStack } from "../awskms/awsStack";
import { pluginDirectory } from "../pulumiPlugin/install";
import { missing } from "../tools";
import { servesYamlAuthority } from "./authorityInYaml";

servesYamlAuthority({
  name: "AWS KMS",
  skip: missing("pulumi", "pulumi-language-yaml", "ministack"),
  start: (project) => AwsStack.over(project),
  keys: () => ({ awskms: { region: "us-east-1", deletionWindowInDays: 7 } }),
  plugins: { aws: pluginDirectory("aws") },
  signature: /^Sign$/,
});
