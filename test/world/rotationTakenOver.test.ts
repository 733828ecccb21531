import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { KmsStack } from "../engine/kmsStack";
import { stepCaInit } from "../engine/initTools";
import { missing } from "../tools";
import { rotatesTakenOver } from "./rotatesTakenOver";
import { WorldProject } from "./worldProject";

/** The root stack in this process, with its keys in files. */
async function keyFiles(): Promise<KmsStack<WorldProject>> {
  const project = await WorldProject.rootStack();
  const filesIn = (folder: string): string[] =>
    existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return {
    project,
    stepCaEnvironment: {},
    calls: [],
    clear: () => undefined,
    killedAt: () => Promise.reject(new Error("there is no process to kill")),
    liveKeys: () =>
      Promise.resolve([
        ...filesIn(join(project.scratch, "old", "secrets")),
        ...filesIn(join(project.directory, "keys")),
      ]),
    stop: () => {
      project.remove();
      return Promise.resolve();
    },
  };
}

rotatesTakenOver({
  name: "step ca init",
  skip: missing("step"),
  start: keyFiles,
  make: ({ project }, folder) => Promise.resolve(stepCaInit(project, folder, ":9000", true)),
  sign: "sign",
});
