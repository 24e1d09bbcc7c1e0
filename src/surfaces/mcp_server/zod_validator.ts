/**
 * Checks answers of forms by zod: the SDK's own validator makes code from schemas, which a running
 * ward refuses.
 */
import type { jsonSchemaValidator } from "@modelcontextprotocol/server";
import * as z from "zod";

/** For the SDK. */
export const zodValidator: jsonSchemaValidator = {
  getValidator(schema) {
    // JSON Schema in the SDK's words; zod's type of it differs in what forms have not.
    const parsed = z.fromJSONSchema(schema as Readonly<Record<string, unknown>>);
    return (input) => {
      const { success, data, error } = parsed.safeParse(input);
      return success
        // It has the form that the schema describes; the caller says which type that is.
        ? { valid: true, data: data as never, errorMessage: undefined }
        : { valid: false, data: undefined, errorMessage: z.prettifyError(error) };
    };
  },
};
