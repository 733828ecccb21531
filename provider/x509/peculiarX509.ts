// The library's decorators need it, and it must be there first: so this file alone imports either.
import "reflect-metadata";

export * from "@peculiar/x509";
