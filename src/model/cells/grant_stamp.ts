/** Name of the file in the data folder that changes with the grants. */
export const GRANTS_STAMP = "grants.stamp";

/** Its content while a change is under way. */
export const GRANTS_CHANGING = "changing";
