#!/usr/bin/env node
import "../compileCache";
import { kmsPki } from "./kmsPki";
import { processShell } from "./shell";

void kmsPki(process.argv.slice(2), processShell()).then((exitCode) => {
  process.exitCode = exitCode;
});
