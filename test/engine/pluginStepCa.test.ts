import { outputNames } from "../../provider/plugin/schema";
import { missing } from "../tools";
import { runsStepCa } from "./runsStepCa";
import { yamlProgram, yamlProject } from "./yamlProject";

/** The outputs that the program does not export: each other one has its own name in the stack. */
const NOT_EXPORTED = ["outputs", "rootAsIssuer", "intermediateAsIssuer"];

runsStepCa({
  name: "files, for a program in YAML",
  skip: missing("pulumi", "pulumi-language-yaml", "step-ca", "step", "openssl", "ssh-keygen"),
  config: {},
  start: async (settings) => {
    const properties = { keys: { softkms: {} }, address: settings["kms-pki:address"] };
    const names = outputNames("CertificateAuthority").filter((name) => !NOT_EXPORTED.includes(name));
    const program = yamlProgram({
      resources: { ca: { type: "kms-pki:CertificateAuthority", properties } },
      outputs: Object.fromEntries(names.map((name) => [name, `\${ca.${name}}`])),
    });
    const project = await yamlProject(program);
    return {
      project,
      stepCaEnvironment: {},
      stop: () => {
        project.remove();
        return Promise.resolve();
      },
    };
  },
});
