import assert from "node:assert/strict";
import { sep } from "node:path";
import { describe, it, mock } from "node:test";
import { fileURLToPath } from "node:url";
import type { SourcePosition } from "@pulumi/pulumi/proto/source_pb";
import * as pki from "../../provider";
import { UP_WITHOUT_PREVIEW } from "../engine/project";
import { Monitor } from "./monitor";
import { WorldProject } from "./worldProject";

interface Line {
  readonly file: string;
  readonly line: number;
}

/** The line of the caller. */
const lineHere = (): number => Number(/:(\d+):\d+\)?$/.exec(new Error().stack?.split("\n")[2] ?? "")?.[1]);

const stackSettings = (): unknown[] => [Error.stackTraceLimit, Reflect.get(Error, "prepareStackTrace")];

/** Runs a program, and gives for each resource that it declares the lines that the SDK tells the engine. */
async function declaredLines(program: () => unknown): Promise<Record<string, Line[]>> {
  const project = await WorldProject.program("");
  const { mock: watched } = mock.method(Monitor.prototype, "registerResource");
  try {
    project.runsProgram(program);
    await project.succeed(UP_WITHOUT_PREVIEW);
    return Object.fromEntries(
      watched.calls.map(({ arguments: [request] }) => [
        request.getName(),
        (request.getStacktrace()?.getFramesList() ?? []).map((frame) => lineOf(frame.getPc())),
      ]),
    );
  } finally {
    watched.restore();
    project.remove();
  }
}

function lineOf(position: SourcePosition | undefined): Line {
  const uri = position?.getUri() ?? "";
  return { file: uri === "" ? "" : fileURLToPath(uri), line: position?.getLine() ?? 0 };
}

void describe("A resource in the state", () => {
  void it("names the line of the program that declares it, and no line of this package", async () => {
    const before = stackSettings();
    let declared = 0;
    const lines = await declaredLines(() => {
      declared = lineHere() + 1;
      const key = new pki.SoftKey("key", { encryption: "none" });
      new pki.CertificateAuthority("ca", { keys: new pki.SoftKeys(), deletionProtection: false });
      return { key: key.uri };
    });
    assert.deepEqual(
      [lines["key"]?.[0], lines["ca-root"]?.[0]],
      [
        { file: __filename, line: declared },
        { file: __filename, line: declared + 1 },
      ],
    );
    const { ca: _component, ...resources } = lines;
    const provider = `${sep}dist${sep}provider${sep}`;
    assert.deepEqual(
      Object.values(resources)
        .flat()
        .filter(({ file }) => file.includes(provider)),
      [],
    );
    assert.deepEqual(stackSettings(), before);
  });
});
