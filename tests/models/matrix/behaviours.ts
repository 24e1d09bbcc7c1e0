/** What every adapter has to do, as one list; a protocol that has no such thing says so. */
import { ANSWERS } from "./answers.ts";
import type { Behaviour } from "./behaviour.ts";
import { FAILURES } from "./failures.ts";
import { REQUESTS } from "./requests.ts";

/** All behaviours; names are the rows of the matrix. */
export const BEHAVIOURS: readonly Behaviour[] = [...REQUESTS, ...ANSWERS, ...FAILURES];
