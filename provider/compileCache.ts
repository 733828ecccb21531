import * as modules from "node:module";
import { basename, dirname, join } from "node:path";

/**
 * Node's compile cache, which keeps what Node compiled for the next run. An entry of the package imports this module before all
 * others. The cache lies among the installed packages, so only those who may change the code may change the cache. Where that
 * folder cannot be written, Node goes on without. `NODE_COMPILE_CACHE` and `NODE_DISABLE_COMPILE_CACHE` come first.
 */
const packageDirectory = dirname(require.resolve("pulumi-kms-pki/package.json"));
const parent = dirname(packageDirectory);
const packages = basename(parent) === "node_modules" ? parent : join(packageDirectory, "node_modules");
const { enableCompileCache } = modules as Partial<typeof modules>; // Node has it from 22.1 on
enableCompileCache?.(join(packages, ".cache", "pulumi-kms-pki"));
