#!/usr/bin/env node
/** The plugin `pulumi-resource-kms-pki`: `main.js [FLAGS] ADDRESS-OF-THE-ENGINE`. */
import "../compileCache";
import { servePlugin } from "./server";

// What a class computes of arguments that are refused is awaited by nobody. The call that they belong to tells what is wrong.
process.on("unhandledRejection", () => undefined);

process.env["PULUMI_KMS_PKI_PLUGIN"] = "1"; // what its components declare, it serves

const engine = process.argv.slice(2).find((argument) => /^[^-].*:\d+$/.test(argument));
void servePlugin(engine).then(({ port, end }) => {
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      void end().then(() => process.exit(0));
    });
  }
  process.stdout.write(`${String(port)}\n`); // by which the engine finds it
});
