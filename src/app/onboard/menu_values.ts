/** Choices that many menus of `ward onboard` end with. */

/** Something that is not in the list. */
export const OTHER = "another address";

/** Leave it as it is. */
export const SKIP = "skip";
