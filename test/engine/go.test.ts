import { findTool } from "../tools";
import { inGo } from "./authorityPrograms";
import { tellsAuthority } from "./authorityStory";
import { goProject, setGoProgram } from "./goProject";

// The first program takes minutes to build, so not every machine has the host: see toolchain/pulumi-host.sh.
if (findTool("pulumi-language-go") !== undefined) {
  tellsAuthority({
    name: "Go",
    tools: ["go", "sdk-generator"],
    start: (program) => goProject(inGo(program)),
    change: (project, program) => {
      setGoProgram(project, inGo(program));
    },
  });
}
