// The library's decorators need reflect-metadata to be loaded first, so only this file imports the two.
import "reflect-metadata";

export * from "@peculiar/x509";
