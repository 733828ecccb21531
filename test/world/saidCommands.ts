import type { WorldProject } from "./worldProject";

/** Runs the commands by which a message tells to set a setting. Returns them. */
export async function runSaidCommands(project: WorldProject, output: string): Promise<string[]> {
  const commands: string[] = output.match(/pulumi config set --path '[^']+' \S+(?=\.\s| &&)/g) ?? [];
  for (const command of commands) {
    await project.succeed(command.replaceAll("'", "").split(" ").slice(1));
  }
  return commands;
}
