#!/usr/bin/env node
/** The plugin `pulumi-resource-kms-pki`: `main.js [FLAGS] ADDRESS-OF-THE-ENGINE`. */
import "../compileCache";
import { servePlugin } from "./server";

const engine = process.argv.slice(2).find((argument) => /^[^-].*:\d+$/.test(argument));
void servePlugin(engine).then(({ port }) => {
  process.stdout.write(`${String(port)}\n`); // by which the engine finds it
});
