import assert from "node:assert/strict";
import { pluginType } from "../../provider/kms/resourceType";
import type { Context } from "../../provider/lifecycle/context";
import { PluginResource, type Urn } from "../../provider/plugin/pluginResource";
import { RESOURCE_TYPES } from "../../provider/plugin/resourceTypes";

/** A resource of a program, by the name of its class. */
export function urnOf(type: string, name: string): Urn {
  return { urn: `urn:pulumi:test::acme::${pluginType(type)}::${name}`, type: pluginType(type), name };
}

/** A type of resource, as a plugin process with this context serves it. */
export function resourceOf(type: string, context: Context): PluginResource {
  const served = RESOURCE_TYPES[type];
  assert.ok(served !== undefined, type);
  return new PluginResource(type, served, context);
}
