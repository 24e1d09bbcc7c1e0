/**
 * What models are told of tools, redacted. What a server says of its tools may hold anything. Names
 * stay: those of tools, of arguments and of the rules of JSON Schema, since services refuse a tool
 * that has others in their places.
 */
import type { ToolSpec } from "../../model/conversation/model_stream.ts";
import { redactJson, redactValue } from "./redact_json.ts";
import type { Redactor } from "./redactor.ts";

/** Rules whose value is a schema, or a list of them. */
const SCHEMAS: ReadonlySet<string> = new Set([
  "items",
  "additionalItems",
  "prefixItems",
  "unevaluatedItems",
  "contains",
  "additionalProperties",
  "unevaluatedProperties",
  "propertyNames",
  "anyOf",
  "oneOf",
  "allOf",
  "not",
  "if",
  "then",
  "else",
]);

/** Rules whose value has schemas by names. */
const BY_NAME: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "dependentSchemas",
  "$defs",
  "definitions",
]);

/** Rules that mean something else with a placeholder in them: then they are left out. */
const RULES: ReadonlySet<string> = new Set([
  "pattern",
  "format",
  "dependentRequired",
  "contentEncoding",
  "contentMediaType",
  "$ref",
  "$dynamicRef",
  "$id",
  "$schema",
  "$anchor",
  "$dynamicAnchor",
]);

/** Other names that JSON Schema gives a meaning. */
const NAMES: ReadonlySet<string> = new Set([
  ..."type required default const enum examples title description deprecated".split(" "),
  ..."readOnly writeOnly minimum maximum exclusiveMinimum exclusiveMaximum multipleOf".split(" "),
  ..."minLength maxLength minItems maxItems uniqueItems minContains maxContains".split(" "),
  ..."minProperties maxProperties contentSchema $comment $vocabulary".split(" "),
]);

/** Of a rule `type`. */
const TYPES = ["string", "number", "integer", "boolean", "object", "array", "null"];

/** The list itself where nothing in it is sensitive, and so each of its tools. */
export function redactTools(tools: readonly ToolSpec[], redactor: Redactor): readonly ToolSpec[] {
  const redacted = tools.map((tool) => redactTool(tool, redactor));
  return redacted.every((tool, at) => tool === tools[at]) ? tools : redacted;
}

function redactTool(tool: ToolSpec, redactor: Redactor): ToolSpec {
  const description = redactor.redact(tool.description);
  const parameters = redactSchema(tool.parameters, null, redactor);
  const isSame = description === tool.description &&
    JSON.stringify(parameters) === JSON.stringify(tool.parameters);
  return isSame ? tool : { ...tool, description, parameters };
}

/** @param name The argument that it is of, which may say what its default is. */
function redactSchema(
  schema: Readonly<Record<string, unknown>>,
  name: string | null,
  redactor: Redactor,
): Record<string, unknown> {
  const inner = (value: unknown, of: string | null): unknown => {
    if (Array.isArray(value)) return value.map((one) => inner(one, of));
    if (isObject(value)) return redactSchema(value, of, redactor);
    return typeof value === "string" ? redactor.redact(value) : value;
  };
  const says = (text: string) => redactor.redact(text) !== text;
  const known = isObject(schema["properties"]) ? schema["properties"] : {};
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
      if (SCHEMAS.has(key)) return [[key, inner(value, name)]];
      if (BY_NAME.has(key) && isObject(value)) {
        const schemas = Object.entries(value)
          .filter(([of]) => key !== "patternProperties" || !says(of))
          .map(([of, one]) => [of, inner(one, of)]);
        return [[key, Object.fromEntries(schemas)]];
      }
      if (key === "default") return [[key, redactValue(value, name, redactor)]];
      if (key === "const" || key === "enum" || key === "examples") {
        return [[key, redactValue(value, null, redactor)]];
      }
      const isKept = (one: unknown) =>
        key === "type"
          ? TYPES.includes(String(one))
          : key === "required" && typeof one === "string" && Object.hasOwn(known, one);
      if ((Array.isArray(value) ? value : [value]).every(isKept)) return [[key, value]];
      if (RULES.has(key)) {
        const text = JSON.stringify(value);
        return redactJson(text, redactor) === text ? [[key, value]] : [];
      }
      // What is no rule has no name that must stay.
      if (!NAMES.has(key) && says(key)) return [];
      // A number or a yes is a rule; a title, a description and what else there is are words.
      return [[key, typeof value === "number" ? value : redactValue(value, key, redactor)]];
    }),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
